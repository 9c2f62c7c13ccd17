use otel_auto_macros::instrumented;

#[instrumented(name = "module", exclude(absent, Till::absent, open))]
mod shop {
    pub struct Till;

    impl Till {
        #[instrumented(kind = "servant")]
        pub fn open() {}
    }

    #[instrumented(attributes(a = 1))]
    mod deep {
        #[instrumented]
        pub const fn constant() {}
    }
}

#[instrumented]
mod elsewhere;

fn main() {}
