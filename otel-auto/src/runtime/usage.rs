//! What the process has used so far: `getrusage` on any Unix, and `/proc` on Linux. Nothing is kept open, so that a
//! forked child reads its own numbers.

use std::{mem::MaybeUninit, time::Duration};

/// All numbers of one reading. What the system does not tell is `None`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usage {
    /// CPU time in user mode and in system mode.
    pub(super) cpu: [Duration; 2],
    /// Page faults, minor and major.
    pub(super) faults: [u64; 2],
    /// Context switches, voluntary and involuntary.
    pub(super) switches: [u64; 2],
    pub(super) status: Status,
    /// Open file descriptors.
    pub(super) descriptors: Option<u64>,
    /// Bytes read from and written to disks.
    pub(super) disk: Option<[u64; 2]>,
}

/// Of `/proc/self/status`; the sizes in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) resident: Option<u64>,
    pub(super) address_space: Option<u64>,
    pub(super) threads: Option<u64>,
}

impl Usage {
    pub(super) fn now() -> Option<Self> {
        let used = resources()?;
        let time = |of: libc::timeval| {
            Duration::from_secs(unsigned(of.tv_sec)) + Duration::from_micros(unsigned(of.tv_usec))
        };
        Some(Self {
            cpu: [time(used.ru_utime), time(used.ru_stime)],
            faults: [unsigned(used.ru_minflt), unsigned(used.ru_majflt)],
            switches: [unsigned(used.ru_nvcsw), unsigned(used.ru_nivcsw)],
            status: proc::status().unwrap_or_default(),
            descriptors: proc::descriptors(),
            disk: proc::disk(),
        })
    }
}

/// How long the process has been running.
pub(super) fn age() -> Option<Duration> {
    proc::age()
}

/// Of the whole process, all of its threads, and not of its children.
#[allow(unsafe_code)]
fn resources() -> Option<libc::rusage> {
    let mut used = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: `used` is a valid place to write to. Zeros are a valid `rusage`, so that it is initialised whether or not
    // the call succeeds.
    let (result, used) = unsafe {
        let result = libc::getrusage(libc::RUSAGE_SELF, used.as_mut_ptr());
        (result, used.assume_init())
    };
    (result == 0).then_some(used)
}

/// The system's types differ in width, and none of these numbers is negative.
fn unsigned(number: impl TryInto<u64>) -> u64 {
    number.try_into().unwrap_or(0)
}

#[cfg(target_os = "linux")]
mod proc {
    use std::{
        fs::{self, File},
        io::Read,
        time::Duration,
    };

    use super::Status;

    pub(super) fn status() -> Option<Status> {
        let text = read("/proc/self/status")?;
        let kibibytes = |key| number(&text, key).map(|size| size * 1024);
        Some(Status {
            resident: kibibytes("VmRSS:"),
            address_space: kibibytes("VmSize:"),
            threads: number(&text, "Threads:"),
        })
    }

    /// Since Linux 6.2 the folder's size is their number; before, it is 0, and they are listed.
    pub(super) fn descriptors() -> Option<u64> {
        match fs::metadata("/proc/self/fd").ok()?.len() {
            // The listing itself has one open.
            0 => Some((fs::read_dir("/proc/self/fd").ok()?.count() as u64).saturating_sub(1)),
            size => Some(size),
        }
    }

    pub(super) fn disk() -> Option<[u64; 2]> {
        let text = read("/proc/self/io")?;
        Some([
            number(&text, "read_bytes:")?,
            number(&text, "write_bytes:")?,
        ])
    }

    pub(super) fn age() -> Option<Duration> {
        /// The kernel's unit for user space; it is 100 a second on every architecture that Rust supports there.
        const TICKS_PER_SECOND: f64 = 100.0;
        let uptime = read("/proc/uptime")?;
        let uptime: f64 = uptime.split_whitespace().next()?.parse().ok()?;
        let stat = read("/proc/self/stat")?;
        // The second field is the executable's name in brackets, and may itself hold blanks and brackets.
        let (_, after_name) = stat.rsplit_once(')')?;
        let ticks: f64 = after_name.split_whitespace().nth(19)?.parse().ok()?;
        Duration::try_from_secs_f64(uptime - ticks / TICKS_PER_SECOND).ok()
    }

    fn read(path: &str) -> Option<String> {
        // These files tell no size, and would be read in many small pieces.
        let mut text = String::with_capacity(4096);
        File::open(path).ok()?.read_to_string(&mut text).ok()?;
        Some(text)
    }

    /// The number after a key at the beginning of a line.
    fn number(text: &str, key: &str) -> Option<u64> {
        let rest = text.lines().find_map(|line| line.strip_prefix(key))?;
        rest.split_whitespace().next()?.parse().ok()
    }
}

#[cfg(not(target_os = "linux"))]
mod proc {
    use std::time::Duration;

    use super::Status;

    pub(super) fn status() -> Option<Status> {
        None
    }

    pub(super) fn descriptors() -> Option<u64> {
        None
    }

    pub(super) fn disk() -> Option<[u64; 2]> {
        None
    }

    pub(super) fn age() -> Option<Duration> {
        None
    }
}
