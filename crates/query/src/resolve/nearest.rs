//! The name that somebody may have meant.

/// The name that is nearest to one that there is not, if it is near enough.
pub(crate) fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    let letters = wanted.chars().count();
    // A third of the letters may differ; of short names one.
    let most = (letters / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for name in names {
        let lower = name.to_lowercase();
        let mut apart = distance(&wanted, &lower, most + 1);
        // What goes on where the other one ends is near as well: `cust` for `customers`.
        if letters >= 3
            && (lower.starts_with(&wanted) || wanted.starts_with(&lower) && lower.chars().count() >= 3)
        {
            apart = apart.min(most);
        }
        if apart <= most && best.is_none_or(|(least, _)| apart < least) {
            best = Some((apart, name));
        }
    }
    best.map(|(_, name)| name)
}

/// How many letters are to be changed, added, left out or swapped with their neighbour; `limit` if these are as many or more.
fn distance(one: &str, other: &str, limit: usize) -> usize {
    let (one, other): (Vec<char>, Vec<char>) =
        (one.chars().take(64).collect(), other.chars().take(64).collect());
    if one.len().abs_diff(other.len()) >= limit {
        return limit;
    }
    let width = other.len() + 1;
    let mut table = vec![0; (one.len() + 1) * width];
    for (at, cell) in table.iter_mut().take(width).enumerate() {
        *cell = at;
    }
    for row in 1..=one.len() {
        table[row * width] = row;
        for column in 1..=other.len() {
            let same = one[row - 1] == other[column - 1];
            let mut least = table[(row - 1) * width + column - 1] + usize::from(!same);
            least = least.min(table[(row - 1) * width + column] + 1).min(table[row * width + column - 1] + 1);
            if row > 1 && column > 1 && one[row - 1] == other[column - 2] && one[row - 2] == other[column - 1]
            {
                least = least.min(table[(row - 2) * width + column - 2] + 1);
            }
            table[row * width + column] = least;
        }
    }
    table[one.len() * width + other.len()].min(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let names = ["CreationDate", "Id", "PostId", "customers", "UserId"];
        assert_eq!(nearest("CreatoinDate", names), Some("CreationDate"));
        assert_eq!(nearest("postid", names), Some("PostId"));
        assert_eq!(nearest("Ids", names), Some("Id"));
        assert_eq!(nearest("customer", names), Some("customers"));
        assert_eq!(nearest("cust", names), Some("customers"));
        assert_eq!(nearest("weight", names), None);
        assert_eq!(nearest("x", []), None);
        assert_eq!(distance("abcd", "acbd", 9), 1);
        assert_eq!(distance("", "abc", 9), 3);
    }
}
