//! The content hash of a file, and nothing else: what knowing a file again must cost at least. For `tests/bench/warehouse.py`.
//!
//! `hash FILE` prints it.

use std::error::Error;
use std::fs::File;
use std::io::Read;

use sandglass_warehouse::content_hash::ContentHasher;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("a file")?;
    let mut file = File::open(path)?;
    let mut hasher = ContentHasher::default();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            length => hasher.push(&buffer[..length]),
        }
    }
    println!("{}", hasher.hash());
    Ok(())
}
