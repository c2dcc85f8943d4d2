//! The modules of an exporter that was given no file.

pub(super) use probe_core::config::BUILT_IN_MODULES as MODULES;

#[cfg(test)]
mod tests {
    use probe_core::config;
    use probe_core::prober::BUILTIN;

    use super::*;

    #[test]
    fn builtin_modules_are_valid_and_without_timeout() {
        let config = config::read(MODULES, "built-in modules", BUILTIN).expect("valid");
        for name in ["http_2xx", "tcp_connect", "icmp"] {
            assert!(config.modules.contains_key(name), "{name}");
        }
        assert!(config.modules.values().all(|module| module.common.timeout.is_none()));
    }
}
