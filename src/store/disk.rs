//! How much room is left on the disk of a folder.

use std::path::Path;

/// The least room that is enough, in bytes.
const LEAST: u64 = 200 << 20;
/// Above this no disk is short of room, however large it is, in bytes.
const PLENTY: u64 = 2 << 30;

/// Room on a disk, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// What this user may still write.
    pub free: u64,
    /// All of it.
    pub total: u64,
}

impl Room {
    /// Whether somebody should make room: less than 5 % is left, at least 200 MB and at most 2 GB.
    pub fn is_short(self) -> bool {
        self.free < (self.total / 20).clamp(LEAST, PLENTY)
    }
}

/// The room on the disk that holds a folder.
///
/// # Errors
/// When the folder is not there or cannot be asked.
#[expect(clippy::useless_conversion, reason = "the counts are narrower on other systems")]
pub fn room(folder: &Path) -> std::io::Result<Room> {
    let told = nix::sys::statvfs::statvfs(folder)?;
    let piece = u64::from(told.fragment_size());
    Ok(Room {
        free: u64::from(told.blocks_available()).saturating_mul(piece),
        total: u64::from(told.blocks()).saturating_mul(piece),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_short_below_five_per_cent_within_bounds() {
        let mega = 1 << 20;
        for (free, total, short) in [
            (199, 1_000, true),
            (200, 1_000, false),
            (499, 10_000, true),
            (501, 10_000, false),
            (2_047, 1_000_000, true),
            (2_048, 1_000_000, false),
        ] {
            assert_eq!(
                Room { free: free * mega, total: total * mega }.is_short(),
                short,
                "{free} of {total}"
            );
        }
    }

    #[test]
    fn the_disk_of_the_temporary_folder_is_larger_than_what_is_free() {
        let room = room(&std::env::temp_dir()).unwrap();
        assert!(room.total > 0 && room.free <= room.total);
    }
}
