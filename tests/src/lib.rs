//! The slow, obvious row-by-row evaluator that the engine is compared with.
