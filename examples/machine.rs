// rustc --test examples/machine.rs -o machine && ./machine
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

const UUID: &str = "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001";

/// A machine that is mounted until it is dropped.
struct Machine {
    dir: PathBuf,
    server: Child,
}

impl Machine {
    fn mount(profile: &str) -> Machine {
        let dir = std::env::temp_dir().join(format!("machine-{}", std::process::id()));
        fs::create_dir(&dir).unwrap();
        let mut server = Command::new("mdevfs")
            .arg("mount")
            .arg(&dir)
            .args(["--profile", profile, "--foreground"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "READY\n");
        Machine { dir, server }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        Command::new("kill").arg(self.server.id().to_string()).status().unwrap();
        self.server.wait().unwrap();
        fs::remove_dir(&self.dir).unwrap();
    }
}

#[test]
fn create() {
    let machine = Machine::mount("mtty");
    let mtty = machine.dir.join("sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1");
    fs::write(mtty.join("create"), UUID).unwrap();
    assert_eq!(fs::read_to_string(mtty.join("available_instances")).unwrap(), "23\n");
}
