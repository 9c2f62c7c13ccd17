//! Redis spans and metrics through a ConnectionLike wrapper.
