//! What was known of a file as of a commit?
//!
//! In: rows of one repository, all made by one [`Recipe`]. Out: the newest row of a file, the row as of a commit, or all
//! rows in the order of history. Rows are added behind those that are there and taken away from the end. Never holds
//! rows of two recipes for a repository, and never labels: those ripen after the row was made.

use super::columns::{from_number, moment, number, optional_text, text};
use super::error::Error;
use super::open::Store;
use crate::domain::{CommitId, Timestamp};
use crate::features::Row;
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

/// Rows in one `insert`: few enough for every database's limit on parameters, many enough that a statement's own cost
/// is nothing beside its rows'.
const ROWS_A_STATEMENT: usize = 250;

/// Values bound for each row.
const COLUMNS: usize = 6;

/// What decides the content of rows, beside the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// The catalogue whose features a row holds.
    pub catalogue_version: u32,
    /// Versions of the facts and options, as text that is compared and shown.
    pub made_from: String,
}

/// The rows of one repository as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureSet {
    id: u64,
    /// How its rows were made.
    pub recipe: Recipe,
    /// The commit up to which rows are there; `None` while they are being made.
    pub tip: Option<CommitId>,
    /// A fingerprint of each commit whose rows are there, in the order of history.
    pub steps: Vec<[u8; 8]>,
}

/// A file as one commit left it.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureRow {
    /// Place of the commit in the history that was swept.
    pub position: usize,
    /// Path after the commit.
    pub path: String,
    /// The commit.
    pub commit: CommitId,
    /// Its moment.
    pub at: Timestamp,
    /// The features as of the commit.
    pub values: Row,
}

impl Store {
    /// The rows' set of a repository, whatever its recipe.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn feature_set(&self, repository: &str) -> Result<Option<FeatureSet>, Error> {
        let row =
            sqlx::query("select id, catalogue_version, made_from, tip, steps from feature_sets where repository = $1")
                .bind(repository)
                .fetch_optional(self.reader())
                .await
                .map_err(Error::query("read a set of features"))?;
        row.as_ref().map(set_from).transpose().map_err(Error::query("read a set of features"))
    }

    /// Begins a set without rows, in place of the one that is there with its rows.
    ///
    /// # Errors
    /// [`Error::Query`]: then what was there stays.
    pub async fn begin_feature_set(
        &self,
        repository: &str,
        recipe: &Recipe,
        now: Timestamp,
    ) -> Result<FeatureSet, Error> {
        let question = "begin a set of features";
        let mut transaction = self.begin().await?;
        delete_feature_sets(&mut transaction, repository).await?;
        let id: i64 = sqlx::query_scalar(
            "insert into feature_sets (repository, catalogue_version, made_from, steps, updated_at)
             values ($1, $2, $3, $4, $5) returning id",
        )
        .bind(repository)
        .bind(i64::from(recipe.catalogue_version))
        .bind(&recipe.made_from)
        .bind(Vec::new())
        .bind(now.0)
        .fetch_one(&mut *transaction)
        .await
        .map_err(Error::query(question))?;
        transaction.commit().await.map_err(Error::query(question))?;
        let id = u64::try_from(id).unwrap_or_default();
        Ok(FeatureSet { id, recipe: recipe.clone(), tip: None, steps: Vec::new() })
    }

    /// Takes away the rows of every commit from `position` on. Returns how many went.
    ///
    /// # Errors
    /// [`Error::Query`]: then none went.
    pub async fn cut_feature_rows(&self, set: &mut FeatureSet, position: usize, now: Timestamp) -> Result<u64, Error> {
        let question = "take away feature rows";
        let mut transaction = self.begin().await?;
        let cut = sqlx::query("delete from feature_rows where set_id = $1 and position >= $2")
            .bind(from_number(set.id))
            .bind(position as i64)
            .execute(&mut *transaction)
            .await
            .map_err(Error::query(question))?;
        set.steps.truncate(position);
        set.tip = None;
        save_feature_set(&mut transaction, set, now).await?;
        transaction.commit().await.map_err(Error::query(question))?;
        Ok(cut.rows_affected())
    }

    /// Adds the rows of the commits whose fingerprints are `steps`, all or nothing. With a `tip`, that was the last.
    ///
    /// # Errors
    /// [`Error::Query`]: then nothing was added.
    pub async fn add_feature_rows(
        &self,
        set: &mut FeatureSet,
        rows: &[FeatureRow],
        steps: &[[u8; 8]],
        tip: Option<CommitId>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut transaction = self.begin().await?;
        for some in rows.chunks(ROWS_A_STATEMENT) {
            insert_rows(&mut transaction, set.id, some).await?;
        }
        set.steps.extend(steps);
        set.tip = tip;
        save_feature_set(&mut transaction, set, now).await?;
        transaction.commit().await.map_err(Error::query("save feature rows"))
    }

    /// The newest row of a file under the current name, if rows of this catalogue are there.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn newest_feature_row(
        &self,
        repository: &str,
        catalogue_version: u32,
        path: &str,
    ) -> Result<Option<FeatureRow>, Error> {
        let row = sqlx::query(
            "select position, path, commit_sha, at, vector from feature_rows
              where set_id = (select id from feature_sets where repository = $1 and catalogue_version = $2)
                and path = $3
              order by position desc limit 1",
        )
        .bind(repository)
        .bind(i64::from(catalogue_version))
        .bind(path)
        .fetch_optional(self.reader())
        .await
        .map_err(Error::query("read the newest features of a file"))?;
        row.as_ref().map(row_from).transpose().map_err(Error::query("read the newest features of a file"))
    }

    /// The row of a file as of one commit that changed it.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn feature_row(
        &self,
        repository: &str,
        catalogue_version: u32,
        path: &str,
        commit: CommitId,
    ) -> Result<Option<FeatureRow>, Error> {
        let row = sqlx::query(
            "select position, path, commit_sha, at, vector from feature_rows
              where set_id = (select id from feature_sets where repository = $1 and catalogue_version = $2)
                and path = $3 and commit_sha = $4",
        )
        .bind(repository)
        .bind(i64::from(catalogue_version))
        .bind(path)
        .bind(commit.to_string())
        .fetch_optional(self.reader())
        .await
        .map_err(Error::query("read the features of a file as of a commit"))?;
        row.as_ref().map(row_from).transpose().map_err(Error::query("read the features of a file as of a commit"))
    }

    /// The rows of the commits from position `from` up to before `until`, oldest commit first, its files by path.
    ///
    /// # Errors
    /// [`Error::Query`].
    pub async fn feature_rows(&self, set: &FeatureSet, from: usize, until: usize) -> Result<Vec<FeatureRow>, Error> {
        let rows = sqlx::query(
            "select position, path, commit_sha, at, vector from feature_rows
              where set_id = $1 and position >= $2 and position < $3",
        )
        .bind(from_number(set.id))
        .bind(from as i64)
        .bind(until as i64)
        .fetch_all(self.reader())
        .await
        .map_err(Error::query("read feature rows"))?;
        let rows: Result<Vec<FeatureRow>, _> = rows.iter().map(row_from).collect();
        let mut rows = rows.map_err(Error::query("read feature rows"))?;
        // Here and not in the query: how a database orders texts is a matter of its locale.
        rows.sort_by(|a, b| (a.position, &a.path).cmp(&(b.position, &b.path)));
        Ok(rows)
    }

    /// Forgets the feature rows of a repository.
    ///
    /// # Errors
    /// [`Error::Query`]: then nothing was forgotten.
    pub async fn forget_feature_rows(&self, repository: &str) -> Result<(), Error> {
        let mut transaction = self.begin().await?;
        delete_feature_sets(&mut transaction, repository).await?;
        transaction.commit().await.map_err(Error::query("forget feature rows"))
    }
}

/// Rows go with their set.
async fn delete_feature_sets(transaction: &mut Transaction<'_, Any>, repository: &str) -> Result<(), Error> {
    sqlx::query("delete from feature_sets where repository = $1")
        .bind(repository)
        .execute(&mut **transaction)
        .await
        .map_err(Error::query("forget feature rows"))?;
    Ok(())
}

async fn save_feature_set(
    transaction: &mut Transaction<'_, Any>,
    set: &FeatureSet,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query("update feature_sets set tip = $2, steps = $3, updated_at = $4 where id = $1")
        .bind(from_number(set.id))
        .bind(set.tip.map(|tip| tip.to_string()))
        .bind(set.steps.as_flattened().to_vec())
        .bind(now.0)
        .execute(&mut **transaction)
        .await
        .map_err(Error::query("save a set of features"))?;
    Ok(())
}

async fn insert_rows(transaction: &mut Transaction<'_, Any>, set_id: u64, rows: &[FeatureRow]) -> Result<(), Error> {
    let sql = insert_statement(rows.len());
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for row in rows {
        query = query
            .bind(from_number(set_id))
            .bind(row.position as i64)
            .bind(row.path.as_str())
            .bind(row.commit.to_string())
            .bind(row.at.0)
            .bind(bytes_of(&row.values));
    }
    query.execute(&mut **transaction).await.map_err(Error::query("save feature rows"))?;
    Ok(())
}

/// The text for `n_rows` rows: all full statements are one text, so that the database plans it once.
fn insert_statement(n_rows: usize) -> String {
    let placeholders = |row: usize| {
        let columns: Vec<String> = (1..=COLUMNS).map(|column| format!("${}", row * COLUMNS + column)).collect();
        format!("({})", columns.join(", "))
    };
    let values: Vec<String> = (0..n_rows).map(placeholders).collect();
    format!("insert into feature_rows (set_id, position, path, commit_sha, at, vector) values {}", values.join(", "))
}

fn bytes_of(values: &Row) -> Vec<u8> {
    values.values().iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn row_from(row: &AnyRow) -> Result<FeatureRow, sqlx::Error> {
    let bytes: Vec<u8> = row.try_get("vector")?;
    let (values, _) = bytes.as_chunks::<4>();
    let values = values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let wrong = || sqlx::Error::Decode(format!("a row of {} bytes is of another catalogue", bytes.len()).into());
    Ok(FeatureRow {
        position: number(row, "position")? as usize,
        path: text(row, "path")?,
        commit: commit(&text(row, "commit_sha")?)?,
        at: moment(row, "at")?,
        values: Row::from_values(values).ok_or_else(wrong)?,
    })
}

fn set_from(row: &AnyRow) -> Result<FeatureSet, sqlx::Error> {
    let steps: Vec<u8> = row.try_get("steps")?;
    Ok(FeatureSet {
        id: number(row, "id")?,
        recipe: Recipe {
            catalogue_version: u32::try_from(number(row, "catalogue_version")?).unwrap_or(u32::MAX),
            made_from: text(row, "made_from")?,
        },
        tip: optional_text(row, "tip")?.map(|tip| commit(&tip)).transpose()?,
        steps: steps.as_chunks::<8>().0.to_vec(),
    })
}

fn commit(text: &str) -> Result<CommitId, sqlx::Error> {
    text.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::{CATALOGUE_VERSION, Feature};
    use crate::store::test_database::TestDatabase;

    fn recipe(made_from: &str) -> Recipe {
        Recipe { catalogue_version: CATALOGUE_VERSION, made_from: made_from.to_owned() }
    }

    fn row(position: usize, path: &str) -> FeatureRow {
        let mut values = Row::unknown();
        values.set(Feature::LinesOfCode, position as f64);
        let commit = CommitId([position as u8; 20]);
        FeatureRow { position, path: path.to_owned(), commit, at: Timestamp(position as i64), values }
    }

    /// Rows as one can read them: position, path and a value.
    fn shown(rows: &[FeatureRow]) -> Vec<String> {
        let line =
            |row: &FeatureRow| format!("{} {} {:?}", row.position, row.path, row.values.get(Feature::LinesOfCode));
        rows.iter().map(line).collect()
    }

    async fn filled(store: &Store, repository: &str) -> FeatureSet {
        let mut set = store.begin_feature_set(repository, &recipe("people on"), Timestamp(1)).await.unwrap();
        let rows = [row(0, "a.rs"), row(1, "b.rs"), row(1, "Z.rs"), row(2, "a.rs")];
        let steps = [[0; 8], [1; 8], [2; 8]];
        let tip = Some(CommitId([9; 20]));
        store.add_feature_rows(&mut set, &rows, &steps, tip, Timestamp(2)).await.unwrap();
        set
    }

    #[tokio::test]
    async fn a_file_has_a_newest_row_and_one_as_of_each_commit() {
        let database = TestDatabase::create().await;
        let store = &database.store;
        filled(store, "octo").await;
        let newest = |catalogue: u32| store.newest_feature_row("octo", catalogue, "a.rs");
        let found = newest(CATALOGUE_VERSION).await.unwrap().unwrap();
        assert!(found.values.is_same(&row(2, "a.rs").values));
        assert_eq!((found.position, found.commit, found.at), (2, CommitId([2; 20]), Timestamp(2)));
        let earlier = store.feature_row("octo", CATALOGUE_VERSION, "a.rs", CommitId([0; 20])).await.unwrap().unwrap();
        assert_eq!(earlier.position, 0);
        assert_eq!(newest(CATALOGUE_VERSION + 1).await.unwrap(), None, "rows of another catalogue are not served");
        assert_eq!(store.newest_feature_row("other", CATALOGUE_VERSION, "a.rs").await.unwrap(), None);
    }

    #[tokio::test]
    async fn rows_come_in_the_order_of_history_and_go_from_its_end() {
        let database = TestDatabase::create().await;
        let store = &database.store;
        let mut set = filled(store, "octo").await;
        assert_eq!(store.feature_set("octo").await.unwrap().unwrap(), set);
        let rows = store.feature_rows(&set, 0, 9).await.unwrap();
        assert_eq!(shown(&rows), ["0 a.rs Some(0.0)", "1 Z.rs Some(1.0)", "1 b.rs Some(1.0)", "2 a.rs Some(2.0)"]);
        assert_eq!(store.cut_feature_rows(&mut set, 1, Timestamp(3)).await.unwrap(), 3);
        assert_eq!(store.feature_set("octo").await.unwrap().unwrap(), set);
        assert_eq!((set.steps.len(), set.tip), (1, None));
        assert_eq!(shown(&store.feature_rows(&set, 0, 9).await.unwrap()), ["0 a.rs Some(0.0)"]);
    }

    #[tokio::test]
    async fn more_rows_than_one_statement_takes_are_all_kept() {
        let database = TestDatabase::create().await;
        let store = &database.store;
        let mut set = store.begin_feature_set("octo", &recipe("people on"), Timestamp(1)).await.unwrap();
        let rows: Vec<FeatureRow> = (0..2 * ROWS_A_STATEMENT + 7).map(|at| row(at, "a.rs")).collect();
        store.add_feature_rows(&mut set, &rows, &vec![[0; 8]; rows.len()], None, Timestamp(2)).await.unwrap();
        assert_eq!(store.feature_rows(&set, 0, rows.len()).await.unwrap().len(), rows.len());
    }

    #[tokio::test]
    async fn a_new_recipe_leaves_no_row_of_the_old_one_and_forgetting_leaves_none() {
        let database = TestDatabase::create().await;
        let store = &database.store;
        let old = filled(store, "octo").await;
        filled(store, "other").await;
        let new = store.begin_feature_set("octo", &recipe("people off"), Timestamp(3)).await.unwrap();
        for set in [&old, &new] {
            assert_eq!(store.feature_rows(set, 0, 9).await.unwrap(), vec![]);
        }
        store.forget_feature_rows("octo").await.unwrap();
        assert_eq!(store.feature_set("octo").await.unwrap(), None);
        let left: i64 =
            sqlx::query_scalar("select count(*) from feature_rows").fetch_one(store.reader()).await.unwrap();
        assert_eq!(left, 4, "another repository's rows stay");
    }
}
