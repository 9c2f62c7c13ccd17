/// Functions by the path that `code.function.name` has: `shop::cart::Cart::add`, or `shop::cart::*` for all below.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FunctionPaths(Vec<String>);

impl FunctionPaths {
    /// These paths. Empty ones are left out.
    pub fn new(paths: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let paths = paths.into_iter().map(Into::into);
        Self(paths.filter(|path| !path.is_empty()).collect())
    }

    /// Are there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Is this function among them?
    #[must_use]
    pub fn contain(&self, path: &str) -> bool {
        self.0.iter().any(|wanted| match wanted.strip_suffix('*') {
            // With its `::`, so that `shop::*` is not `shopping`.
            Some(module) if module.ends_with("::") => path.starts_with(module),
            _ => path == wanted,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_exact_and_a_star_stands_for_all_below() {
        let paths = FunctionPaths::new(["shop::pay", "shop::cart::*", "", "*"]);
        for muted in ["shop::pay", "shop::cart::add", "shop::cart::Cart::add"] {
            assert!(paths.contain(muted), "{muted}");
        }
        for heard in ["shop::pays", "shop::pay::inner", "shop::cart", "pay", ""] {
            assert!(!paths.contain(heard), "{heard}");
        }
    }
}
