//! What is said about tables beside their rows: views of them, and what people expect of them.

use super::{Moment, Store, StoreError};
use crate::manifest::{Change, CheckState, TableId, ViewState};
use crate::segment::Segments;
use crate::storage::Storage;

impl<S: Storage, G: Segments> Store<S, G> {
    /// Makes views, or changes those of the same names. Nothing happens where all are there as they should be; then there is no
    /// new snapshot.
    ///
    /// # Errors
    /// When the manifest cannot be written.
    pub async fn define_views(
        &mut self,
        views: &[ViewState],
        moment: Moment<'_>,
    ) -> Result<Option<u64>, StoreError> {
        let mut manifest = self.next_manifest();
        let mut changed: Vec<String> = Vec::new();
        for view in views {
            let same_name =
                |there: &&mut ViewState| (&there.schema, &there.name) == (&view.schema, &view.name);
            match manifest.views.iter_mut().find(same_name) {
                Some(there) if there == view => continue,
                Some(there) => *there = view.clone(),
                None => manifest.views.push(view.clone()),
            }
            changed.push(format!("{}.{}", view.schema, view.name));
        }
        if changed.is_empty() {
            return Ok(None);
        }
        self.check_writable()?;
        let number = self.take_number();
        let words = format!("the views {} were made", changed.join(", "));
        self.change(manifest, number, Change::View, words, moment).await.map(Some)
    }

    /// Removes views and tables, all of them or none. The rows of tables can be had back from earlier snapshots, as long as these
    /// are kept.
    ///
    /// # Errors
    /// When one of them is not there, or the manifest cannot be written.
    pub async fn remove(
        &mut self,
        views: &[TableId],
        tables: &[TableId],
        moment: Moment<'_>,
    ) -> Result<u64, StoreError> {
        self.check_writable()?;
        let mut manifest = self.next_manifest();
        for id in views {
            let had = manifest.views.len();
            manifest.views.retain(|view| (&view.schema, &view.name) != (&id.schema, &id.name));
            if manifest.views.len() == had {
                return Err(StoreError::NoTable(id.clone()));
            }
        }
        for id in tables {
            let had = manifest.tables.len();
            manifest.tables.retain(|table| table.id() != *id);
            if manifest.tables.len() == had {
                return Err(StoreError::NoTable(id.clone()));
            }
        }
        let all: Vec<String> = tables.iter().chain(views).map(ToString::to_string).collect();
        let number = self.take_number();
        let words = format!("{} was removed", all.join(", "));
        self.change(manifest, number, Change::Drop, words, moment).await
    }

    /// What people expect of a table.
    pub fn checks<'a>(&'a self, id: &'a TableId) -> impl Iterator<Item = &'a str> {
        let of_table = |check: &&CheckState| check.schema == id.schema && check.table == id.name;
        self.manifest.checks.iter().filter(of_table).map(|check| check.check.as_str())
    }

    /// Expects this of a table as well, or no longer. Nothing happens where that is so already.
    ///
    /// # Errors
    /// When there is no such table, or the manifest cannot be written.
    pub async fn expect(
        &mut self,
        id: &TableId,
        check: &str,
        wanted: bool,
        moment: Moment<'_>,
    ) -> Result<Option<u64>, StoreError> {
        if self.manifest.table(id).is_none() {
            return Err(StoreError::NoTable(id.clone()));
        }
        if self.checks(id).any(|there| there == check) == wanted {
            return Ok(None);
        }
        self.check_writable()?;
        let state = CheckState { schema: id.schema.clone(), table: id.name.clone(), check: check.to_owned() };
        let mut manifest = self.next_manifest();
        let words = match wanted {
            true => {
                manifest.checks.push(state);
                format!("{id} is expected to have {check}")
            }
            false => {
                manifest.checks.retain(|there| *there != state);
                format!("{id} is no longer expected to have {check}")
            }
        };
        let number = self.take_number();
        self.change(manifest, number, Change::Check, words, moment).await.map(Some)
    }
}
