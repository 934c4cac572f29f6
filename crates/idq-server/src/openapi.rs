use crate::settings::Settings;
use idq::api::Api;
pub(crate) fn document(_apis: &[&'static Api], _settings: &Settings) -> String {
    String::new()
}
