//! Clients that send requests to a server as fast as it answers: `clients HOST:PORT CONNECTIONS SECONDS FILE`.
//!
//! FILE has a request's target on each line. Every client sends all of them over one connection, and starts with another
//! line than the others. Prints one JSON object: requests, errors, seconds, and for all requests together and each
//! target the latencies' quantiles in milliseconds. `TOKEN` in the environment is sent as a bearer token.
#![expect(clippy::print_stdout, reason = "the figures are the output")]

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, connections, seconds, file] = arguments.as_slice() else {
        return Err(invalid_input("expected HOST:PORT CONNECTIONS SECONDS FILE"));
    };
    let connections: usize = connections
        .parse()
        .map_err(|_| invalid_input("CONNECTIONS"))?;
    let seconds: f64 = seconds.parse().map_err(|_| invalid_input("SECONDS"))?;
    let targets: Vec<String> = std::fs::read_to_string(file)?
        .lines()
        .map(str::to_owned)
        .collect();
    let token = std::env::var("TOKEN").ok();
    let requests: Vec<Vec<u8>> = targets
        .iter()
        .map(|target| request(address, target, token.as_deref()))
        .collect();
    let started = Instant::now();
    let end = started + Duration::from_secs_f64(seconds);
    let measured: Vec<ClientTimes> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..connections)
            .map(|client| {
                let (address, requests) = (address.as_str(), requests.as_slice());
                scope.spawn(move || send_requests(address, requests, client, end))
            })
            .collect();
        clients
            .into_iter()
            .map(|client| client.join().unwrap_or_default())
            .collect()
    });
    let took = started.elapsed().as_secs_f64();
    println!("{}", report(&targets, &measured, took));
    Ok(())
}

fn invalid_input(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message.to_owned())
}

fn request(address: &str, target: &str, token: Option<&str>) -> Vec<u8> {
    let token = token.map_or_else(String::new, |token| {
        format!("Authorization: Bearer {token}\r\n")
    });
    format!("GET {target} HTTP/1.1\r\nHost: {address}\r\n{token}\r\n").into_bytes()
}

/// The measurements of one client.
#[derive(Default)]
struct ClientTimes {
    /// Target and microseconds of each answer.
    times: Vec<(u32, u32)>,
    errors: u64,
    bytes: u64,
}

fn send_requests(address: &str, requests: &[Vec<u8>], client: usize, end: Instant) -> ClientTimes {
    let mut measured = ClientTimes::default();
    let mut connection = None;
    // Clients start at different lines, so that they do not all send the same request at the same time.
    let mut next = client * 7_919;
    let mut body = Vec::new();
    while Instant::now() < end {
        let target = next % requests.len();
        next += 1;
        let started = Instant::now();
        let answered = match &mut connection {
            Some(stream) => exchange(stream, &requests[target], &mut body),
            None => connect(address).and_then(|stream| {
                exchange(connection.insert(stream), &requests[target], &mut body)
            }),
        };
        match answered {
            Ok(200) => {
                let took = started.elapsed().as_micros();
                measured
                    .times
                    .push((target as u32, u32::try_from(took).unwrap_or(u32::MAX)));
                measured.bytes += body.len() as u64;
            }
            Ok(_) => measured.errors += 1,
            Err(_) => {
                measured.errors += 1;
                connection = None;
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }
    measured
}

fn connect(address: &str) -> io::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(120)))?;
    Ok(BufReader::with_capacity(64 << 10, stream))
}

/// Sends a request and reads its answer; returns the status.
fn exchange(
    stream: &mut BufReader<TcpStream>,
    request: &[u8],
    body: &mut Vec<u8>,
) -> io::Result<u16> {
    stream.get_mut().write_all(request)?;
    let mut line = String::new();
    let (mut status, mut length) = (None, 0);
    loop {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let text = line.trim_end();
        if text.is_empty() {
            break;
        }
        if status.is_none() {
            status = text
                .split(' ')
                .nth(1)
                .and_then(|number| number.parse().ok());
        } else if let Some((name, value)) = text.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    body.resize(length, 0);
    stream.read_exact(body)?;
    status.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn report(targets: &[String], measured: &[ClientTimes], took: f64) -> String {
    let mut all: Vec<u32> = Vec::new();
    let mut by_target: Vec<Vec<u32>> = vec![Vec::new(); targets.len()];
    for &(target, time) in measured.iter().flat_map(|one| &one.times) {
        all.push(time);
        by_target[target as usize].push(time);
    }
    let errors: u64 = measured.iter().map(|one| one.errors).sum();
    let bytes: u64 = measured.iter().map(|one| one.bytes).sum();
    let fewest = measured
        .iter()
        .map(|one| one.times.len())
        .min()
        .unwrap_or(0);
    let each: Vec<String> = targets
        .iter()
        .zip(&mut by_target)
        .map(|(target, times)| {
            let target = target.replace('\\', "\\\\").replace('"', "\\\"");
            format!("{{\"target\":\"{target}\",{}}}", quantiles(times))
        })
        .collect();
    format!(
        "{{\"seconds\":{took:.3},\"errors\":{errors},\"bytes\":{bytes},\"fewest_of_a_client\":{fewest},{},\"targets\":[{}]}}",
        quantiles(&mut all),
        each.join(",")
    )
}

fn quantiles(times: &mut [u32]) -> String {
    times.sort_unstable();
    let at = |share: f64| match times.len() {
        0 => 0.0,
        count => f64::from(times[((count as f64 * share) as usize).min(count - 1)]) / 1e3,
    };
    format!(
        "\"requests\":{},\"p50\":{:.3},\"p90\":{:.3},\"p99\":{:.3},\"max\":{:.3}",
        times.len(),
        at(0.5),
        at(0.9),
        at(0.99),
        at(1.0)
    )
}
