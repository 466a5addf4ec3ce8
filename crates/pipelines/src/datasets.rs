//! Databases and files of any shape: what they offer to ask at once.
//!
//! The questions are about the Chinook database, a shop for music that comes with many courses of SQL. They are written as people
//! write them for SQLite.

/// A query that is offered by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SavedQuery {
    /// Its name.
    pub name: &'static str,
    /// What it answers.
    pub question: &'static str,
    /// The query.
    pub sql: &'static str,
}

/// Questions about the Chinook database.
pub const QUERIES: [SavedQuery; 7] = [
    SavedQuery {
        name: "chinook customers",
        question: "How many customers are there?",
        sql: "SELECT COUNT(*) AS Customers FROM customers;",
    },
    SavedQuery {
        name: "chinook longest track",
        question: "Which track is the longest, in minutes?",
        sql: "SELECT Name, ROUND(MAX(Milliseconds) / 60000.0, 2) AS Minutes FROM tracks;",
    },
    SavedQuery {
        name: "chinook shortest genre",
        question: "Which genre has the shortest average track, in minutes?",
        sql: "SELECT g.Name AS Genre, ROUND(AVG(t.Milliseconds) / 60000.0, 2) AS Minutes
FROM tracks t
JOIN genres g ON g.GenreId = t.GenreId
GROUP BY g.GenreId
ORDER BY AVG(t.Milliseconds)
LIMIT 1;",
    },
    SavedQuery {
        name: "chinook artist in most playlists",
        question: "Which artist is in the most playlists?",
        sql: "SELECT ar.Name AS Artist, COUNT(DISTINCT pt.PlaylistId) AS Playlists
FROM artists ar
JOIN albums al ON al.ArtistId = ar.ArtistId
JOIN tracks t ON t.AlbumId = al.AlbumId
JOIN playlist_track pt ON pt.TrackId = t.TrackId
GROUP BY ar.ArtistId
ORDER BY Playlists DESC, Artist
LIMIT 1;",
    },
    SavedQuery {
        name: "chinook album with most purchases",
        question: "Which album has the most purchases?",
        sql: "SELECT al.Title AS Album, COUNT(*) AS Purchases
FROM invoice_items ii
JOIN tracks t USING (TrackId)
JOIN albums al USING (AlbumId)
GROUP BY al.AlbumId
ORDER BY Purchases DESC
LIMIT 1;",
    },
    SavedQuery {
        name: "chinook best customer",
        question: "Which customer has the highest sales?",
        sql: "SELECT c.FirstName, c.LastName, ROUND(SUM(i.Total), 2) AS Sales
FROM customers c
JOIN invoices i ON i.CustomerId = c.CustomerId
GROUP BY c.CustomerId
ORDER BY Sales DESC
LIMIT 1;",
    },
    SavedQuery {
        name: "chinook customers over 40",
        question: "How many customers have sales over 40?",
        sql: "SELECT COUNT(*) AS Customers
FROM (
  SELECT CustomerId
  FROM invoices
  GROUP BY CustomerId
  HAVING SUM(Total) > 40
);",
    },
];
