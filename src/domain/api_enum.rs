//! Enums whose variants have names in the public API.

/// Defines such an enum. The names are written here only: reading an argument, writing a result and writing a file all
/// use `NAMES` and `name`. `tests/package` compares them with the declarations in `pkg/*.d.ts`.
macro_rules! api_enum {
    (
        $(#[$meta:meta])*
        pub enum $type:ident { $($(#[$variant_meta:meta])* $variant:ident = $name:literal),* $(,)? }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $type { $($(#[$variant_meta])* $variant),* }

        impl $type {
            /// Every variant with its name in the public API, in the order of declaration.
            pub const NAMES: &'static [(&'static str, $type)] = &[$(($name, $type::$variant)),*];

            /// Every variant, in the order of declaration.
            pub const ALL: &'static [$type] = &[$($type::$variant),*];

            /// The name in the public API.
            pub const fn name(self) -> &'static str {
                match self { $($type::$variant => $name),* }
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }
    };
}
pub(crate) use api_enum;
