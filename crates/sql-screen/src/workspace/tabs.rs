//! The tabs of the scripts: opened, closed, named, and saved among the queries.

use std::rc::Rc;

use super::{SCRIPTS, Saved, Script, ScriptId, Shared, View, Workspace, kept};

impl Workspace {
    /// Opens a tab with this text, which may be one that is there.
    pub(super) fn show_or_add(&mut self, name: Option<&str>, text: &str) {
        let is_it = |script: &&Shared<Script>| {
            !text.is_empty() && &*script.text == text && name.is_none_or(|name| *script.name == *name)
        };
        match self.scripts.iter().find(is_it).map(|script| script.id) {
            Some(same) => {
                self.open = same;
                self.explored = None;
            }
            None => self.add(name, text),
        }
    }

    pub(super) fn add(&mut self, name: Option<&str>, text: &str) {
        if self.scripts.len() >= SCRIPTS {
            return;
        }
        let id = self.next_script;
        self.next_script += 1;
        let is_taken = |name: &str| self.scripts.iter().any(|script| &*script.name == name);
        let name = name.map(kept::name).filter(|name| !name.is_empty()).unwrap_or_else(|| {
            let free = (1..).map(|number| format!("Query {number}")).find(|name| !is_taken(name));
            free.unwrap_or_default()
        });
        self.scripts.push(Shared::from(Script {
            id,
            name: Rc::from(name),
            // As the editor will have it: places in a text are counted.
            text: Rc::from(text.replace("\r\n", "\n").replace('\r', "\n")),
            run: None,
            shown: 0,
            view: View::Rows,
        }));
        self.open = id;
        self.explored = None;
    }

    pub(super) fn close(&mut self, id: ScriptId) {
        let Some(at) = self.scripts.iter().position(|script| script.id == id) else { return };
        self.scripts.remove(at);
        if self.scripts.is_empty() {
            self.add(None, "");
        } else if self.open == id {
            self.open = self.scripts[at.min(self.scripts.len() - 1)].id;
        }
    }

    pub(super) fn rename(&mut self, id: ScriptId, name: &str) {
        let name = kept::name(name);
        if !name.is_empty() {
            self.change(id, |script| script.name = Rc::from(name));
        }
    }

    pub(super) fn save(&mut self) {
        let (name, sql) = (Rc::clone(&self.script().name), Rc::clone(&self.script().text));
        let saved = self.saved.change();
        match saved.iter_mut().find(|saved| saved.name == name) {
            Some(same) => same.sql = sql,
            None => saved.push(Saved { name, sql }),
        }
        let too_many = saved.len().saturating_sub(kept::SAVED);
        saved.drain(..too_many);
    }
}
