//! Spools in a folder of their own, and receivers that do as they are told.

use std::sync::Mutex;

use super::*;
use crate::net::BoxFuture;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("probe-spool-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        Self(folder)
    }

    fn open(&self) -> Spool {
        Spool::open(&self.0, 1 << 20).expect("a folder of our own")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[derive(Clone, Copy)]
enum Mood {
    Takes,
    Away,
    Refuses(Option<u64>),
}

struct Told {
    mood: Mood,
    taken: Mutex<Vec<(String, i64, bool)>>,
}

impl Told {
    fn new(mood: Mood) -> Self {
        Self { mood, taken: Mutex::default() }
    }

    fn taken(&self) -> Vec<(String, i64, bool)> {
        self.taken.lock().expect("nobody panicked").clone()
    }
}

impl Receiver for Told {
    fn send<'a>(&'a self, points: &'a [Point]) -> BoxFuture<'a, Result<(), SendError>> {
        let done = match self.mood {
            Mood::Takes => {
                let told =
                    points.iter().map(|point| (point.series.name.clone(), point.time, point.is_stale()));
                self.taken.lock().expect("nobody panicked").extend(told);
                Ok(())
            }
            Mood::Away => Err(SendError::Passing { what: "nobody is there".to_owned(), after: None }),
            Mood::Refuses(points) => Err(SendError::Refused { points, said: "no".to_owned() }),
        };
        Box::pin(async { done })
    }
}

fn point(name: &str, time: i64) -> Point {
    let series = Series { name: name.to_owned(), labels: Vec::new() };
    Point { series, time, value: 1.0, help: String::new(), unit: String::new() }
}

#[tokio::test(start_paused = true)]
async fn what_waited_is_sent_in_order_by_whoever_comes_next() {
    let folder = Folder::new("order");
    let mut spool = folder.open();
    for time in [1, 2] {
        spool.push(vec![point("a", time)], time).expect("room");
        let delivery = spool.deliver(&Told::new(Mood::Away)).await.expect("a folder");
        assert_eq!((delivery.sent, delivery.waiting), (0, time as u64));
        assert_eq!(delivery.problem.as_deref(), Some("nobody is there"));
    }
    drop(spool);
    let mut spool = folder.open();
    spool.push(vec![point("a", 3)], 3).expect("room");
    let told = Told::new(Mood::Takes);
    let delivery = spool.deliver(&told).await.expect("a folder");
    assert_eq!(delivery, Delivery { sent: 3, ..Delivery::default() });
    assert_eq!(told.taken().iter().map(|(_, time, _)| *time).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(spool.deliver(&told).await.expect("a folder"), Delivery::default());
}

#[tokio::test(start_paused = true)]
async fn a_series_that_is_gone_gets_an_end_once() {
    let folder = Folder::new("stale");
    let mut spool = folder.open();
    spool.push(vec![point("a", 1), point("b", 1)], 1).expect("room");
    drop(spool);
    let mut spool = folder.open();
    spool.push(vec![point("a", 2)], 2).expect("room");
    spool.push(vec![point("a", 3)], 3).expect("room");
    let told = Told::new(Mood::Takes);
    spool.deliver(&told).await.expect("a folder");
    let ends: Vec<_> = told.taken().into_iter().filter(|(.., stale)| *stale).collect();
    assert_eq!(ends, [("b".to_owned(), 2, true)]);
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_is_dropped_and_counted() {
    let folder = Folder::new("refused");
    let mut spool = folder.open();
    spool.push(vec![point("a", 1), point("b", 1), point("c", 1)], 1).expect("room");
    let delivery = spool.deliver(&Told::new(Mood::Refuses(Some(1)))).await.expect("a folder");
    assert_eq!((delivery.sent, delivery.dropped, delivery.waiting), (2, 1, 0));
    spool.push(vec![point("a", 2), point("b", 2), point("c", 2)], 2).expect("room");
    let delivery = spool.deliver(&Told::new(Mood::Refuses(None))).await.expect("a folder");
    assert_eq!((delivery.sent, delivery.dropped), (0, 3));
    drop(spool);
    assert_eq!(folder.open().dropped(), 4);
}

#[tokio::test(start_paused = true)]
async fn beyond_the_limit_the_oldest_go_and_are_counted() {
    let folder = Folder::new("limit");
    let mut spool = Spool::open(&folder.0, 300).expect("a folder of our own");
    for time in 1..=5 {
        spool.push(vec![point("a", time), point("b", time)], time).expect("room");
    }
    let told = Told::new(Mood::Takes);
    let delivery = spool.deliver(&told).await.expect("a folder");
    assert_eq!(delivery.sent + spool.dropped(), 10);
    assert!(spool.dropped() >= 4 && told.taken().iter().any(|(_, time, _)| *time == 5), "{delivery:?}");
}

#[tokio::test(start_paused = true)]
async fn a_spoilt_batch_blocks_nobody() {
    let folder = Folder::new("spoilt");
    let mut spool = folder.open();
    spool.push(vec![point("a", 1)], 1).expect("room");
    spool.push(vec![point("a", 2)], 2).expect("room");
    fs::write(folder.0.join(format!("{:020}.{EXTENSION}", 0)), "[{").expect("ours");
    let told = Told::new(Mood::Takes);
    let delivery = spool.deliver(&told).await.expect("a folder");
    assert_eq!(told.taken(), [("a".to_owned(), 2, false)]);
    assert!(delivery.problem.is_some_and(|problem| problem.contains("cannot be read")));
}

#[test]
fn one_process_at_a_time_has_it() {
    let folder = Folder::new("held");
    let _spool = folder.open();
    assert!(matches!(Spool::open(&folder.0, 1), Err(SpoolError::Held(_))));
}
