//! Bind, compile, evaluate in parallel, order and page a query over a snapshot.
