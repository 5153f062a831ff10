//! A tenant that is removed while its night is made.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::{Bed, Line, ask, rounds, said};
use crate::cli::eventually;
use crate::program::{Served, enter};

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
async fn a_tenant_removed_during_its_run_leaves_whole_snapshots_and_others_alone() {
    let bed = Bed::new(false);
    let other = bed.provision("other");
    bed.write(1);
    bed.done(&["sync", "run", "acme"]);
    bed.done(&["sync", "run", "other"]);
    let server = Served::begin(&mut bed.command(&["serve", "--listen", "127.0.0.1:0"]));
    let neighbour = enter(server.port, "other", "reporting", &other)
        .await
        .unwrap();
    let mut random = StdRng::seed_from_u64(20_261_122);
    let (mut ended, mut recovery) = ([0, 0], Vec::new());
    let mut password = bed.password.clone();
    let times = rounds(3);
    for round in 0..times as u64 {
        let generation = round + 2;
        bed.write(generation);
        let client = enter(server.port, "acme", "reporting", &password)
            .await
            .unwrap();
        let before = ask(&client).await.unwrap();
        // Every sync to disk takes 50 ms, so that there is time to do it in.
        let mut run = Command::new("strace");
        run.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync"]);
        run.args(["-e", "inject=fsync:delay_enter=50000"]);
        run.args(bed.words(&["sync", "run", "acme"]));
        run.stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let run = run.spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(random.random_range(100..1_500))).await;
        bed.done(&["tenant", "remove", "acme"]);
        // Its sessions end, nobody comes in any more,
        eventually(|| async { client.is_closed() }).await;
        let refused = enter(server.port, "acme", "reporting", &password)
            .await
            .err()
            .unwrap();
        assert_eq!(refused.code().unwrap().code(), "28000");
        assert_eq!(ask(&neighbour).await.unwrap(), 1);
        // the run ends by itself,
        let output = run.wait_with_output().unwrap();
        let now = bed.served().unwrap();
        assert!(now == before || now == generation, "{}", said(&output));
        assert_eq!(
            output.status.success(),
            now == generation,
            "{}",
            said(&output)
        );
        ended[usize::from(output.status.success())] += 1;
        // and what it left is whole for one who comes back.
        let began = Instant::now();
        password = bed.provision("acme");
        bed.done(&["sync", "run", "acme"]);
        eventually(|| async {
            match enter(server.port, "acme", "reporting", &password).await {
                Ok(client) => ask(&client).await.unwrap() == generation,
                Err(_) => false,
            }
        })
        .await;
        recovery.push(began.elapsed());
        bed.verify();
    }
    assert_eq!(server.terminate(), Some(0));
    Line {
        fault: "tenant removed during its run",
        times,
        readers: &format!(
            "sessions ended, 28000 afterwards; the run ended by itself ({} published); the neighbour saw nothing",
            ended[1]
        ),
        recovery: &recovery,
    }
    .tell();
}
