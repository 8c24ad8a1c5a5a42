#include "nasnet/search/store/sqlite_reader.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <optional>

#include "nasnet/search/store/sqlite_connection.h"

namespace nasnet::search {
namespace {

namespace fs = std::filesystem;

/// Readings of a file that changes each time. Seldom more than two: whoever writes makes an index,
/// and then both go by SQLite's locks.
constexpr int kMostReadings = 20;

/// Bytes of a log's header. One that is no longer holds nothing yet, and its writer may have been
/// killed before there was an index of it: SQLite would wait for it until it gave up.
constexpr uintmax_t kLogHeader = 32;

/// The file as SQLite's URIs write it.
std::string uri_of(const fs::path& file) {
  std::string uri = "file:";
  for (const char c : file.string()) {
    if (c == '?' || c == '#' || c == '%') {
      uri += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    } else {
      uri += c;
    }
  }
  return uri;
}

class SqliteReader : public Database {
 public:
  explicit SqliteReader(const std::string& file) : file_(file), place_(sqlite_place(file)) {}

  const std::string& name() const override { return file_; }
  OpenMode mode() const override { return OpenMode::kRead; }

  Result run(const std::string& sql, const std::vector<Value>& values = {}) override {
    for (int reading = 1;; ++reading) {
      const Stamp before = stamp();
      const Way way = find_way(before);
      const auto holds = [&] { return way == Way::kShared || stamp() == before; };
      try {
        Result result = read(way, sql, values);
        if (holds()) return result;
      } catch (const Error&) {  // also of files that went or changed in the middle
        if (reading == kMostReadings || stamp() == before) throw;
      }
      if (reading == kMostReadings)
        throw SystemError(fmt::format("study {} is kept busy by others; try again", file_));
    }
  }
  int64_t version() override { return run("PRAGMA user_version").integer(0, 0); }
  Connection reconnect() override { return Connection::kGood; }

  void script(const std::string&) override { refuse(); }
  void begin(bool) override { refuse(); }
  void commit() override { refuse(); }
  void rollback() noexcept override {}
  void lock_schema() override { refuse(); }
  void set_version(int64_t) override { refuse(); }
  void hold(const std::function<ProcessId()>&) override { refuse(); }

 private:
  enum class Way {
    kAtRest,    ///< nothing in a log, and no journal: the file is all there is
    kUnshared,  ///< a log without its index: of a search that was killed, copied without the latter
    kShared,    ///< beside others that read and write, under SQLite's locks
  };
  /// Size and time of the file, its log, the log's index, and the journal of programs that keep no
  /// log: they differ where one of them was written to. Only their metadata is read: to close a
  /// file that this process opened beside SQLite would give up SQLite's locks on it.
  struct File {
    uintmax_t size = 0;
    fs::file_time_type written;
    bool operator==(const File&) const = default;
  };
  using Stamp = std::array<std::optional<File>, 4>;

  [[noreturn]] void refuse() const {
    throw Error(fmt::format("study {} is open for reading only", file_));
  }

  Stamp stamp() const {
    Stamp stamp;
    for (size_t i = 0; i < stamp.size(); ++i) {
      const std::string path = place_.string() + std::array{"", "-wal", "-shm", "-journal"}.at(i);
      std::error_code missing;
      const File file = {fs::file_size(path, missing), fs::last_write_time(path, missing)};
      if (!missing) stamp[i] = file;
    }
    return stamp;
  }

  Way find_way(const Stamp& stamp) const {
    const auto& [file, log, index, journal] = stamp;
    if (log && log->size > kLogHeader) return index ? Way::kShared : Way::kUnshared;
    return journal ? Way::kShared : Way::kAtRest;
  }

  Result read(Way way, const std::string& sql, const std::vector<Value>& values) const {
    demand_study_file(file_);
    if (way == Way::kAtRest) return read("immutable=1", nullptr, sql, values);
    if (way == Way::kUnshared) return read("mode=ro", "unix-none", sql, values);
    try {
      return read("mode=ro&readonly_shm=1", nullptr, sql, values);
    } catch (const SqliteFailure& failure) {
      if (failure.code != SQLITE_READONLY_CANTINIT) throw;
      // The first reader of a log that is in use must mark its place in the index.
      return read("mode=ro", nullptr, sql, values);
    }
  }
  Result read(const char* parameters, const char* vfs, const std::string& sql,
              const std::vector<Value>& values) const {
    SqliteConnection connection(file_, fmt::format("{}?{}", uri_of(place_), parameters),
                                SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, vfs);
    // So the index is made in memory, where nobody else can see it.
    if (vfs) connection.script("PRAGMA locking_mode = EXCLUSIVE");
    connection.demand_study();
    sqlite3_db_config(connection.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    return connection.run(sql, values);
  }

  std::string file_;  // as the user calls it
  fs::path place_;
};

}  // namespace

std::unique_ptr<Database> read_sqlite(const std::string& file) {
  demand_study_file(file);
  return std::make_unique<SqliteReader>(file);
}

}  // namespace nasnet::search
