//! What threads share: a value behind a lock, and work that two of them do.

use std::panic;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

/// What a mutex holds, whatever happened to whoever held it before: it is for values that are whole
/// between any two of their changes.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does something with each of some items, and gives what came of them in their order. This thread and
/// one beside it share them where there is `much` to do. After an error no further item is begun by
/// the thread that met it.
///
/// # Errors
/// One of those that came up.
pub(crate) fn by_two<T: Send, R: Send, E: Send>(
    much: bool,
    items: impl IntoIterator<Item = T, IntoIter: Send>,
    work: impl Fn(T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    if !much {
        return items.into_iter().map(work).collect();
    }
    let items = Mutex::new(items.into_iter().enumerate());
    let next = || locked(&items).next();
    let share = || {
        let mut done = Vec::new();
        while let Some((at, item)) = next() {
            done.push((at, work(item)?));
        }
        Ok(done)
    };
    let (ours, theirs) = thread::scope(|scope| {
        let beside = scope.spawn(share);
        (share(), beside.join())
    });
    let mut done: Vec<(usize, R)> = ours?;
    // A panic there is one here.
    done.extend(theirs.unwrap_or_else(|broken| panic::resume_unwind(broken))?);
    done.sort_unstable_by_key(|(at, _)| *at);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_threads_give_what_one_gives() {
        let square = |number: u64| Ok::<_, String>(number * number);
        let one = by_two(false, 0..1_000, square).unwrap();
        assert_eq!(by_two(true, 0..1_000, square).unwrap(), one);
        assert_eq!(one[999], 998_001);
        let odd = |number: u64| number.is_multiple_of(2).then_some(()).ok_or(number);
        assert_eq!(by_two(true, [2, 4, 5, 6], odd), Err(5));
    }
}
