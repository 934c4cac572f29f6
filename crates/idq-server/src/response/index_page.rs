//! The HTML page at `/`, for people who open the server in a browser.

use std::fmt::Write;

use crate::catalog::Catalog;
use crate::request::counts::counts_path;

/// Formats the page. It contains table data of the APIs only, no text of records or of the request, so nothing needs
/// escaping and it can be public.
pub(crate) fn format_index_page(catalog: &Catalog) -> String {
    let mut page = String::from(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>idq serve</title>\n\
         <style>body{font-family:sans-serif;margin:2em;max-width:60em}td,th{padding:.2em 1em .2em 0;text-align:left}\
         </style>\n<h1>idq serve</h1>\n<p>Identity APIs, served from dumps and snapshot files.</p>\n<table>\n\
         <tr><th>API</th><th>Page</th><th>One identity</th><th>Counts</th><th>Records</th></tr>\n",
    );
    for served in &catalog.snapshots {
        let (title, path) = (&served.api.title, &served.api.collection_path);
        let counts = counts_path(&served.api);
        let records = served.engine.snapshot().rows();
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "<tr><td>{title}</td><td><a href=\"{path}\">{path}</a></td><td>{path}/{{id}}</td>\
             <td>{counts}?by=FIELD</td><td>{records}</td></tr>"
        );
    }
    page.push_str(
        "</table>\n<p><a href=\"/openapi.json\">openapi.json</a> describes all parameters and responses; \
         <a href=\"/healthz\">healthz</a> and <a href=\"/metrics\">metrics</a> are for monitoring. Records and metrics \
         require a token, unless the server was started without one.</p>\n</html>\n",
    );
    page
}
