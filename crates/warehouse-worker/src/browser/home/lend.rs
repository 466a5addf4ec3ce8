//! The turn at changing the warehouse, lent to the query worker.
//!
//! This worker is the only one that changes tables. A statement of SQL that does so gets its turn: what is not saved is saved
//! before, nothing else is done until it comes back, and then the warehouse is opened once more.

use std::cell::Cell;
use std::rc::Rc;

use sandglass_protocol::Event;
use sandglass_warehouse::store::Mode;

use super::{Warehouse, filled, open_files, save};
use crate::browser::beside::Inbox;
use crate::browser::{Worker, scope};

/// Where the turn is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Where {
    /// Nobody has asked for it.
    #[default]
    Here,
    /// It was asked for, and is waited for.
    Wanted,
    /// It was asked for, and whoever did so is gone.
    Unwanted,
    /// It is lent.
    Lent,
}

/// The turn while it is lent.
#[derive(Default)]
pub(in crate::browser) struct Lending {
    turn: Cell<Where>,
    back: Inbox<()>,
}

impl Lending {
    /// The turn came back, or is no longer wanted. One that was refused does not come back.
    pub(in crate::browser) fn take_back(&self) {
        match self.turn.get() {
            Where::Lent => {
                self.turn.set(Where::Here);
                self.back.push(());
            }
            Where::Wanted => self.turn.set(Where::Unwanted),
            Where::Here | Where::Unwanted => {}
        }
    }
}

/// Lends the turn and tells the page; goes on when it is back.
pub(in crate::browser) async fn lend(worker: Rc<Worker>) {
    let turn = &worker.home.lending.turn;
    if turn.replace(Where::Wanted) == Where::Lent {
        // It goes to one at a time, and the page has one query worker.
        return turn.set(Where::Lent);
    }
    if let Err(reason) = lent(&worker).await {
        turn.set(Where::Here);
        scope::post(&Event::Lent { refused: Some(reason) });
    }
}

async fn lent(worker: &Rc<Worker>) -> Result<(), String> {
    let busy = || {
        let is_running = worker.running.borrow().is_some();
        let reason = "a file is being read; wait for it to end, or cancel it, and run the statement again";
        if is_running { Err(reason.to_owned()) } else { Ok(()) }
    };
    busy()?;
    let mut turn = worker.home.turn().await;
    // A job may have begun in the meantime, and would stand on tables as they were.
    busy()?;
    let Some(keeper) = &mut *turn else {
        return Err("the browser gives this page no storage, so nothing that SQL makes would stay".to_owned());
    };
    if !keeper.is_writable() {
        return Err("another tab has these tables, and only that one can change them".to_owned());
    }
    save(worker, keeper, |entries| async { entries }).await?;
    let before = keeper.snapshot();
    let lending = &worker.home.lending;
    if lending.turn.replace(Where::Lent) == Where::Unwanted {
        lending.turn.set(Where::Here);
        return Ok(());
    }
    scope::post(&Event::Lent { refused: None });
    lending.back.next().await;
    // Also when nothing has changed: what was begun and given up has left files, which go now.
    match open_files(worker, Mode::Write).await {
        Ok(again) => *keeper = told(worker, again, before).await,
        // The turn was given, so this is no refusal.
        Err(reason) => scope::post(&Event::Failed { reason }),
    }
    Ok(())
}

/// Tells the page which tables there are, if they may be others.
async fn told(worker: &Worker, again: Warehouse, before: u64) -> Warehouse {
    if again.snapshot() == before { again } else { filled(worker, again).await }
}
