//! Writing objects and arrays: the members of an object are columns beside the others, the elements of an array a column
//! with rows of its own.

use super::column::Column;
use super::kind::Kind;
use super::values::Values;
use super::{Columns, ELEMENT, Group, MAX_ELEMENTS};
use crate::FieldKind;

impl Columns {
    /// The present value of a column is an object. Whether its members are columns: if not, the column is one of text
    /// now.
    pub(crate) fn enter(&mut self, column: usize) -> bool {
        if self.columns[column].kind == Kind::Null {
            self.columns[column].widen(Kind::Struct);
            self.changed(column, Some(Kind::Null));
        }
        if self.columns[column].kind != Kind::Struct {
            self.widen(column, Kind::Struct);
            return false;
        }
        let rows = self.rows_of(self.columns[column].group);
        let column = &mut self.columns[column];
        column.pad(rows);
        if let Values::Struct(count) = &mut column.values {
            *count += 1;
            column.added();
        }
        true
    }

    /// Makes an object's column one of text, because its members are too many or too deep.
    pub(crate) fn flatten(&mut self, column: usize) {
        self.widen(column, Kind::Text);
    }

    /// The present value of a column is an array. The group and the column of its elements; `None` if the column is one
    /// of text now.
    pub(crate) fn elements(&mut self, column: usize) -> Option<(usize, usize)> {
        if self.columns[column].kind == Kind::Null {
            self.begin_list(column);
            self.changed(column, Some(Kind::Null));
            self.add_element(column);
        }
        match (&self.columns[column].values, self.columns[column].parts.first()) {
            (Values::List { elements, .. }, Some(&element)) => Some((*elements, element)),
            _ => {
                self.widen(column, Kind::List);
                None
            }
        }
    }

    /// Makes a column without values one of arrays; their elements are to be added.
    pub(super) fn begin_list(&mut self, column: usize) {
        let elements = self.groups.len();
        self.groups.push(Group::default());
        let list = &mut self.columns[column];
        list.kind = Kind::List;
        list.values = Values::List { ends: vec![0; list.values.len()], elements };
    }

    /// Adds the column of the elements of arrays.
    pub(super) fn add_element(&mut self, list: usize) -> usize {
        let group = match self.columns[list].values {
            Values::List { elements, .. } => elements,
            _ => self.columns[list].group,
        };
        let element = Column::new(ELEMENT, group, FieldKind::Inferred, false);
        let element = self.push(Column { within: Some(list), ..element });
        self.columns[list].parts.push(element);
        element
    }

    /// The present element is whole.
    #[inline]
    pub(crate) fn commit_element(&mut self, group: usize) {
        self.groups[group].rows += 1;
        self.full |= self.groups[group].rows >= MAX_ELEMENTS;
    }

    /// The array that is the present value of a column is whole.
    pub(crate) fn close_list(&mut self, column: usize) {
        let rows = self.rows_of(self.columns[column].group);
        let column = &mut self.columns[column];
        if column.values.len() < rows {
            column.pad(rows);
        }
        if let Values::List { ends, elements } = &mut column.values {
            // A batch is handed out long before there are 2^31.
            ends.push(self.groups[*elements].rows as i32);
            column.added();
        }
    }
}
