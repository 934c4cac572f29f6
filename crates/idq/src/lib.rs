//! Questions over exported identity snapshots, in the grammar of the API they came from.
