//! Read what was dropped or chosen.

use sandglass_protocol::SourceInfo;
use sandglass_ui::message::{Draft, Tone};
use web_sys::{DataTransfer, File, HtmlInputElement};

use super::Actions;
use crate::browser::files::{self, Dropped};
use crate::selection::Selection;
use crate::store::{Action, Work};

impl Actions {
    /// Reads the files and folders of a drop.
    pub(crate) fn open_dropped(&self, transfer: &DataTransfer) {
        let dropped = Dropped::take(transfer);
        if dropped.is_empty() {
            self.dispatch(Action::Tell(Draft::new(
                Tone::Warning,
                "That was not a file",
                "Drop files or folders from your file manager; text and links cannot be read.",
            )));
            return;
        }
        let job = self.next_job();
        self.mark_drop(job);
        let actions = self.clone();
        wasm_bindgen_futures::spawn_local(async move {
            let selection = dropped.walk().await;
            actions.open(job, selection);
        });
    }

    /// Reads the files of a file or folder dialog.
    pub(crate) fn open_chosen(&self, input: &HtmlInputElement) {
        let job = self.next_job();
        self.mark_drop(job);
        self.open(job, files::chosen(input));
    }

    fn open(&self, job: u32, selection: Selection<File>) {
        let remarks = selection.remarks();
        let (sources, handles): (Vec<SourceInfo>, Vec<File>) = selection.into_files().into_iter().unzip();
        if !sources.is_empty() {
            let named: Vec<_> =
                sources.iter().map(|source| source.name.clone()).zip(handles.iter().cloned()).collect();
            self.screen.give(&named);
            self.client.keep_files(job, handles.into_iter());
            self.enqueue(job, Work::Files(sources.into()));
        }
        for remark in remarks {
            self.dispatch(Action::Tell(remark));
        }
    }
}
