//! A real mail server of its own: Exim from Debian's packages, with a configuration, a spool and logs in a temporary folder.
//!
//! The system's own mail is neither needed nor touched. It demands STARTTLS and a login, and passes everything on to the sink
//! of the test.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::wait_until;

const PROGRAM: &str = "/usr/sbin/exim4";
const USER: &str = "Debian-exim";

/// User and password of the login.
pub const LOGIN: (&str, &str) = ("post", "a secret: 7%");

/// The running server; ends with the value.
pub struct Exim {
    folder: PathBuf,
    port: u16,
    child: Child,
}

impl Exim {
    /// Starts it. Without the program the test fails: it must never look as if it had passed.
    pub fn start(sink: SocketAddr) -> Self {
        assert!(
            Path::new(PROGRAM).exists() && shell("id -u").trim() == "0",
            "Exim is missing, or this does not run as root; tests/run installs Debian's exim4-daemon-light"
        );
        let name = format!("evenkeel-test-exim-{}", &evenkeel::secrets::random_token()[..12]);
        let folder = std::env::temp_dir().join(name);
        for part in ["spool", "log"] {
            std::fs::create_dir_all(folder.join(part)).unwrap();
        }
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        std::fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
        std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        std::fs::write(folder.join("exim.conf"), configuration(&folder, port, sink)).unwrap();
        shell(&format!(
            "chmod 755 '{0}' && chown -R {USER}: '{0}'/spool '{0}'/log '{0}'/*.pem",
            folder.display()
        ));
        // Exim reads no configuration that others could have written.
        let child = Command::new(PROGRAM)
            .arg("-C")
            .arg(folder.join("exim.conf"))
            .arg("-bdf")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.join("stderr")).unwrap())
            .spawn()
            .unwrap();
        let mut server = Self { folder, port, child };
        wait_until("Exim listens", || {
            assert!(server.child.try_wait().unwrap().is_none(), "Exim ended: {}", server.words());
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        server
    }

    /// `mail.url` for it.
    pub fn url(&self) -> String {
        let password: String = url::form_urlencoded::byte_serialize(LOGIN.1.as_bytes()).collect();
        let (user, password) = (LOGIN.0, password.replace('+', "%20"));
        let ca_file = self.folder.join("cert.pem");
        format!("smtp://{user}:{password}@127.0.0.1:{}?tls=starttls&ca_file={}", self.port, ca_file.display())
    }

    /// What it logged about letters.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log/main")).unwrap_or_default()
    }

    fn words(&self) -> String {
        std::fs::read_to_string(self.folder.join("stderr")).unwrap_or_default()
    }
}

impl Drop for Exim {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

fn shell(script: &str) -> String {
    let output = Command::new("sh").args(["-c", script]).output().unwrap();
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn configuration(folder: &Path, port: u16, sink: SocketAddr) -> String {
    let (here, sink, (user, password)) = (folder.display(), sink.port(), LOGIN);
    format!(
        "primary_hostname = localhost
spool_directory = {here}/spool
log_file_path = {here}/log/%s
pid_file_path = {here}/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
tls_advertise_hosts = *
tls_certificate = {here}/cert.pem
tls_privatekey = {here}/key.pem
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
smtp_accept_queue_per_connection = 0
acl_smtp_rcpt = rcpt
keep_environment =

begin acl
rcpt:
  accept authenticated = *
         encrypted = *
  deny message = sign in first

begin routers
sink:
  driver = manualroute
  domains = *
  route_data = 127.0.0.1
  self = send
  transport = sink

begin transports
sink:
  driver = smtp
  port = {sink}
  hosts_avoid_tls = *

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{user}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
"
    )
}
