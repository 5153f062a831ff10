//! The rows of a cursor and where it stands among them.

use std::collections::VecDeque;

use arrow::array::UInt64Array;
use arrow::compute::take_record_batch;
use arrow::record_batch::RecordBatch;

use crate::engine::exec::Execution;
use crate::engine::govern::from_arrow;
use crate::pg::{Fault, SqlState};

/// Rows one answer to FETCH BACKWARD holds at a time.
const CHUNK: usize = 8_192;

/// Where FETCH goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// That many rows on; backwards when negative; the same row again when 0.
    Forward(i64),
    /// The row of that number; from the end when negative; before the first when 0.
    Absolute(i64),
    /// The row that many rows from here.
    Relative(i64),
}

/// What FETCH still has to give.
#[derive(Debug)]
pub(crate) enum Steps {
    /// That many rows of those that come.
    Coming { skip: u64, take: u64 },
    /// Rows that are kept, first to last inclusive, from 1; `back` when last to first.
    Kept {
        first: usize,
        last: usize,
        back: bool,
    },
}

/// Which rows a cursor keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// None: it only goes forward.
    Nothing,
    /// Those it gave, until they are too many; then it only goes forward.
    WhileFew,
    /// All, or none can be had.
    All,
}

#[derive(Debug)]
enum Source {
    Coming(Execution),
    Done,
}

/// The rows of a cursor.
#[derive(Debug)]
pub(crate) struct Rows {
    source: Source,
    /// Rows that came and were not asked for yet, of a cursor that keeps nothing.
    ahead: VecDeque<RecordBatch>,
    /// The rows that came, of a cursor that keeps them.
    kept: Vec<RecordBatch>,
    keep: Keep,
    /// Bytes that are kept, and that may be.
    bytes: usize,
    limit: usize,
    total: usize,
    /// A forward FETCH found fewer rows than it asked for.
    behind: bool,
    /// 0 before the first row, n on row n, one more than `total` behind the last.
    position: usize,
}

fn forward_only() -> Fault {
    Fault::new(
        SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
        "cursor can only scan forward",
    )
    .hint("Declare it with SCROLL option to enable backward scan.")
}

fn count(number: i64) -> usize {
    usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX)
}

impl Rows {
    pub(super) fn new(execution: Execution, keep: Keep, limit: usize) -> Self {
        Self {
            source: Source::Coming(execution),
            ahead: VecDeque::new(),
            kept: Vec::new(),
            keep,
            bytes: 0,
            limit,
            total: 0,
            behind: false,
            position: 0,
        }
    }

    /// Takes all rows, so that the cursor can scroll or outlive its transaction.
    pub(super) async fn keep_all(&mut self) -> Result<(), Fault> {
        while let Source::Coming(execution) = &mut self.source {
            match execution.next().await {
                Some(batch) => {
                    if !self.keep_batch(&batch?) {
                        return Err(Fault::new(
                            SqlState::PROGRAM_LIMIT_EXCEEDED,
                            "the rows of the cursor are too large to be kept",
                        )
                        .hint("Declare it without SCROLL and WITH HOLD, or ask for fewer rows."));
                    }
                }
                None => self.source = Source::Done,
            }
        }
        Ok(())
    }

    /// Keeps a batch, if that is not too much.
    fn keep_batch(&mut self, batch: &RecordBatch) -> bool {
        let bytes = batch.get_array_memory_size();
        self.bytes = self.bytes.saturating_add(bytes);
        let fits = self.bytes <= self.limit;
        if fits {
            self.total += batch.num_rows();
            self.kept.push(batch.clone());
        }
        fits
    }

    /// Plans a FETCH, and moves there.
    pub(super) async fn reach(&mut self, reach: Reach, scroll: bool) -> Result<Steps, Fault> {
        if self.keep != Keep::All {
            let forward = self.reach_coming(reach);
            if self.keep == Keep::Nothing || forward.is_ok() {
                return forward;
            }
            // It was going forward; from here on it stands among rows that are kept.
            self.ahead.clear();
            self.keep = Keep::All;
            self.keep_all().await?;
            if self.behind {
                self.position = self.total + 1;
            }
        }
        self.keep_all().await?;
        if !scroll && self.goes_back(reach) {
            return Err(forward_only());
        }
        let (here, end) = (self.position, self.total + 1);
        let at = |target: usize| Steps::Kept {
            first: target,
            last: target,
            back: false,
        };
        let steps = match reach {
            Reach::Forward(0) | Reach::Relative(0) => at(here),
            Reach::Forward(n) if n > 0 => {
                self.position = here.saturating_add(count(n)).min(end);
                Steps::Kept {
                    first: here + 1,
                    last: self.position,
                    back: false,
                }
            }
            Reach::Forward(n) => {
                self.position = here.saturating_sub(count(n));
                Steps::Kept {
                    first: self.position,
                    last: here.saturating_sub(1),
                    back: true,
                }
            }
            Reach::Absolute(n) => {
                self.position = if n >= 0 {
                    count(n).min(end)
                } else {
                    end.saturating_sub(count(n))
                };
                at(self.position)
            }
            Reach::Relative(n) => {
                self.position = if n >= 0 {
                    here.saturating_add(count(n)).min(end)
                } else {
                    here.saturating_sub(count(n))
                };
                at(self.position)
            }
        };
        Ok(steps)
    }

    fn goes_back(&self, reach: Reach) -> bool {
        let on_row = (1..=self.total).contains(&self.position);
        match reach {
            Reach::Forward(0) | Reach::Relative(0) => on_row,
            Reach::Forward(n) | Reach::Relative(n) => n < 0,
            Reach::Absolute(n) => n < 0 || count(n) <= self.position,
        }
    }

    fn reach_coming(&mut self, reach: Reach) -> Result<Steps, Fault> {
        let on_row = self.position > 0 && !self.behind;
        let here = u64::try_from(self.position).unwrap_or(u64::MAX);
        match reach {
            Reach::Forward(0) | Reach::Relative(0) if !on_row => {
                Ok(Steps::Coming { skip: 0, take: 0 })
            }
            Reach::Forward(n) if n > 0 => Ok(Steps::Coming {
                skip: 0,
                take: n.unsigned_abs(),
            }),
            Reach::Relative(n) if n > 0 => Ok(Steps::Coming {
                skip: n.unsigned_abs() - 1,
                take: 1,
            }),
            Reach::Absolute(n) if n > 0 && n.unsigned_abs() > here => Ok(Steps::Coming {
                skip: n.unsigned_abs() - here - 1,
                take: 1,
            }),
            _ => Err(forward_only()),
        }
    }

    /// The next batch of a FETCH.
    pub(super) async fn step(&mut self, steps: &mut Steps) -> Result<Option<RecordBatch>, Fault> {
        match steps {
            Steps::Kept { first, last, back } => self.step_kept(first, last, *back),
            Steps::Coming { skip, take } => loop {
                let skipping = *skip > 0;
                let wanted = if skipping { *skip } else { *take };
                if wanted == 0 {
                    return Ok(None);
                }
                let most = usize::try_from(wanted).unwrap_or(usize::MAX);
                let Some(batch) = self.coming(most).await? else {
                    self.behind = true;
                    return Ok(None);
                };
                let rows = u64::try_from(batch.num_rows()).unwrap_or(u64::MAX);
                if skipping {
                    *skip = skip.saturating_sub(rows);
                } else {
                    *take = take.saturating_sub(rows);
                    return Ok(Some(batch));
                }
            },
        }
    }

    /// Up to `most` of the rows that come.
    async fn coming(&mut self, most: usize) -> Result<Option<RecordBatch>, Fault> {
        loop {
            if let Some(batch) = self.ahead.pop_front() {
                let rows = batch.num_rows().min(most);
                if rows < batch.num_rows() {
                    self.ahead
                        .push_front(batch.slice(rows, batch.num_rows() - rows));
                }
                self.position += rows;
                return Ok(Some(batch.slice(0, rows)));
            }
            let Source::Coming(execution) = &mut self.source else {
                return Ok(None);
            };
            match execution.next().await {
                Some(batch) => {
                    let batch = batch?;
                    if self.keep == Keep::WhileFew && !self.keep_batch(&batch) {
                        self.kept.clear();
                        self.keep = Keep::Nothing;
                    }
                    self.ahead.push_back(batch);
                }
                None => self.source = Source::Done,
            }
        }
    }

    /// The next batch of kept rows; what was given is taken off the range.
    fn step_kept(
        &self,
        first: &mut usize,
        last: &mut usize,
        back: bool,
    ) -> Result<Option<RecordBatch>, Fault> {
        let (low, high) = ((*first).max(1), (*last).min(self.total));
        if low > high {
            return Ok(None);
        }
        if !back {
            let batch = self.kept_at(low);
            return Ok(batch.map(|(batch, offset)| {
                let rows = (batch.num_rows() - offset).min(high - low + 1);
                *first = low + rows;
                batch.slice(offset, rows)
            }));
        }
        let Some((batch, offset)) = self.kept_at(high) else {
            return Ok(None);
        };
        let rows = (offset + 1).min(high - low + 1).min(CHUNK);
        *last = high - rows;
        let indices = (0..rows).map(|step| u64::try_from(offset - step).unwrap_or(0));
        let indices = UInt64Array::from_iter_values(indices);
        take_record_batch(batch, &indices)
            .map(Some)
            .map_err(|error| from_arrow(&error))
    }

    /// The batch that holds a row, and the row's place in it.
    fn kept_at(&self, row: usize) -> Option<(&RecordBatch, usize)> {
        let mut before = 0;
        for batch in &self.kept {
            if row <= before + batch.num_rows() {
                return Some((batch, row - before - 1));
            }
            before += batch.num_rows();
        }
        None
    }
}
