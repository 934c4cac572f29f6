//! The plain page at `/`.

use std::fmt::Write;

use crate::served::Served;

/// Lists what is served. Nothing in it comes from the records or from the request.
pub(crate) fn page(served: &Served) -> String {
    let mut page = String::from(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>idq serve</title>\n\
         <style>body{font-family:sans-serif;margin:2em;max-width:60em}td,th{padding:.2em 1em .2em 0;text-align:left}\
         </style>\n<h1>idq serve</h1>\n<p>Identity APIs, answered from exported snapshots.</p>\n<table>\n\
         <tr><th>API</th><th>a page</th><th>one identity</th><th>records</th></tr>\n",
    );
    for mount in &served.mounts {
        let (title, path) = (&mount.api.title, &mount.api.collection_path);
        let records = mount.snapshot.len();
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "<tr><td>{title}</td><td><a href=\"{path}\">{path}</a></td><td>{path}/{{id}}</td><td>{records}</td></tr>"
        );
    }
    page.push_str(
        "</table>\n<p><a href=\"/openapi.json\">openapi.json</a> describes every parameter and answer; \
         <a href=\"/healthz\">healthz</a> and <a href=\"/metrics\">metrics</a> are for machines. Records and metrics \
         need a token, unless the server was started without.</p>\n</html>\n",
    );
    page
}
