#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "nasnet/base/random.h"

namespace nasnet::search {

/// A disk that loses its power. While the object lives, SQLite's databases, logs and journals of
/// this process are kept in memory, as an operating system's cache and its disk: what was written
/// is seen by all, and survives a cut only once its file was synced. Of the rest any part survives,
/// torn at sectors. Locks and shared memory stay with the real files.
class PowerCut {
 public:
  /// Which unsynced writes survive.
  enum class Survives { kNothing, kFirst, kSome, kAll };

  PowerCut();
  ~PowerCut();
  PowerCut(const PowerCut&) = delete;

  /// The power goes after so many more writes and syncs; then every access fails until restore().
  void cut_after(int64_t operations) { left_ = operations; }
  bool is_cut() const { return left_ == 0; }
  /// The power is back. All connections must be closed.
  void restore(Survives what, Random& random);
  /// From now on syncs return at once and do nothing, as on some disks.
  void lie() { lies_ = true; }
  /// Writes and syncs so far.
  int64_t operations() const { return operations_; }

 private:
  struct Write {
    int64_t offset = 0;
    std::string data;
    bool truncates = false;  // to `offset`
  };
  struct File {
    bool exists = false, survives = false;  // its entry in the folder: in the cache, on the disk
    bool is_new = false;                    // made since the folder was synced
    std::string data, disk;
    std::vector<Write> writes;  // since the last sync
  };
  struct Handle;
  friend struct Handle;

  /// Counts an operation that changes something; false where the power is gone.
  bool spend();
  void sync_folder();
  static void apply(const Write& write, std::string& data);
  int open(const char* path, Handle* handle, int flags, int* out_flags);

  sqlite3_vfs* real_ = nullptr;
  sqlite3_vfs vfs_{};
  std::map<std::string, File> files_;
  int64_t left_ = INT64_MAX, operations_ = 0;
  bool lies_ = false;
};

}  // namespace nasnet::search
