//! Columnar vectors over Arrow arrays, row sets, and the kernels that filter them.
