#include "tests/search/study/power_cut.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace nasnet::search {

namespace {

constexpr size_t kSector = 512;

}  // namespace

/// An open file. What SQLite has allocated begins with it; the real file follows.
struct PowerCut::Handle {
  sqlite3_file base;
  PowerCut* power;
  File* file;
  bool has_real;  // databases have one, for locks and shared memory

  static Handle& of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }
  static sqlite3_file* real(sqlite3_file* file) {
    return reinterpret_cast<sqlite3_file*>(reinterpret_cast<Handle*>(file) + 1);
  }

  static int close(sqlite3_file* f) {
    return of(f).has_real ? real(f)->pMethods->xClose(real(f)) : SQLITE_OK;
  }
  static int read(sqlite3_file* f, void* to, int size, sqlite3_int64 offset) {
    const Handle& handle = of(f);
    if (handle.power->is_cut()) return SQLITE_IOERR_READ;
    const std::string& data = handle.file->data;
    const auto there = std::clamp<int64_t>(static_cast<int64_t>(data.size()) - offset, 0, size);
    std::memset(to, 0, static_cast<size_t>(size));
    if (there > 0) std::memcpy(to, data.data() + offset, static_cast<size_t>(there));
    return there < size ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
  }
  static int change(sqlite3_file* f, Write write, int error) {
    const Handle& handle = of(f);
    if (!handle.power->spend()) return error;
    apply(write, handle.file->data);
    handle.file->writes.push_back(std::move(write));
    return SQLITE_OK;
  }
  static int write(sqlite3_file* f, const void* data, int size, sqlite3_int64 offset) {
    const std::string bytes(static_cast<const char*>(data), static_cast<size_t>(size));
    return change(f, {offset, bytes, false}, SQLITE_IOERR_WRITE);
  }
  static int truncate(sqlite3_file* f, sqlite3_int64 size) {
    return change(f, {size, "", true}, SQLITE_IOERR_TRUNCATE);
  }
  static int sync(sqlite3_file* f, int) {
    const Handle& handle = of(f);
    if (!handle.power->spend()) return SQLITE_IOERR_FSYNC;
    if (handle.power->lies_) return SQLITE_OK;
    handle.file->disk = handle.file->data;
    handle.file->writes.clear();
    // As SQLite's own file system does with new logs and journals.
    if (handle.file->is_new && !handle.has_real) handle.power->sync_folder();
    return SQLITE_OK;
  }
  static int size(sqlite3_file* f, sqlite3_int64* size) {
    *size = static_cast<sqlite3_int64>(of(f).file->data.size());
    return SQLITE_OK;
  }
  static int lock(sqlite3_file* f, int level) {
    return of(f).has_real ? real(f)->pMethods->xLock(real(f), level) : SQLITE_OK;
  }
  static int unlock(sqlite3_file* f, int level) {
    return of(f).has_real ? real(f)->pMethods->xUnlock(real(f), level) : SQLITE_OK;
  }
  static int is_reserved(sqlite3_file* f, int* reserved) {
    *reserved = 0;
    return of(f).has_real ? real(f)->pMethods->xCheckReservedLock(real(f), reserved) : SQLITE_OK;
  }
  static int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
  static int sector_size(sqlite3_file*) { return kSector; }
  static int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }
  static int shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** to) {
    return real(f)->pMethods->xShmMap(real(f), page, size, extend, to);
  }
  static int shm_lock(sqlite3_file* f, int offset, int n, int flags) {
    return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
  }
  static void shm_barrier(sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); }
  static int shm_unmap(sqlite3_file* f, int remove) {
    return real(f)->pMethods->xShmUnmap(real(f), remove);
  }

  // --- The file system's ---

  static PowerCut& power_of(sqlite3_vfs* vfs) { return *static_cast<PowerCut*>(vfs->pAppData); }
  static int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* f, int flags, int* out_flags) {
    return power_of(vfs).open(path, &of(f), flags, out_flags);
  }
  static int remove(sqlite3_vfs* vfs, const char* path, int sync_folder) {
    PowerCut& power = power_of(vfs);
    if (!power.spend()) return SQLITE_IOERR_DELETE;
    const auto found = power.files_.find(path);
    if (found == power.files_.end() || !found->second.exists) return SQLITE_IOERR_DELETE_NOENT;
    File& file = found->second;
    file.exists = false;
    file.data.clear();
    file.writes = {{0, "", true}};
    if (sync_folder && !power.lies_) power.sync_folder();
    return SQLITE_OK;
  }
  static int access(sqlite3_vfs* vfs, const char* path, int, int* there) {
    const PowerCut& power = power_of(vfs);
    const auto found = power.files_.find(path);
    *there = found != power.files_.end() && found->second.exists;
    return SQLITE_OK;
  }
};

PowerCut::PowerCut() : real_(sqlite3_vfs_find(nullptr)) {
  vfs_ = *real_;
  vfs_.zName = "power cut";
  vfs_.pNext = nullptr;
  vfs_.szOsFile = static_cast<int>(sizeof(Handle)) + real_->szOsFile;
  vfs_.pAppData = this;
  vfs_.xOpen = Handle::open;
  vfs_.xDelete = Handle::remove;
  vfs_.xAccess = Handle::access;
  // The rest goes to the real one's functions, which may look at its own data.
  vfs_.xFullPathname = [](sqlite3_vfs* vfs, const char* path, int size, char* out) {
    sqlite3_vfs* real = Handle::power_of(vfs).real_;
    return real->xFullPathname(real, path, size, out);
  };
  sqlite3_vfs_register(&vfs_, 1);
}

PowerCut::~PowerCut() {
  sqlite3_vfs_unregister(&vfs_);
  sqlite3_vfs_register(real_, 1);
}

bool PowerCut::spend() {
  if (is_cut()) return false;
  --left_;
  ++operations_;
  return !is_cut();
}

void PowerCut::sync_folder() {
  for (auto& [path, file] : files_) {
    file.survives = file.exists;
    file.is_new = false;
    if (file.exists) continue;
    file.disk.clear();
    file.writes.clear();
  }
}

void PowerCut::apply(const Write& write, std::string& data) {
  const auto offset = static_cast<size_t>(write.offset);
  if (write.truncates) {
    if (offset < data.size()) data.resize(offset);
    return;
  }
  data.resize(std::max(data.size(), offset + write.data.size()));
  data.replace(offset, write.data.size(), write.data);
}

int PowerCut::open(const char* path, Handle* handle, int flags, int* out_flags) {
  handle->base.pMethods = nullptr;
  if (is_cut()) return SQLITE_CANTOPEN;
  static const sqlite3_io_methods methods = {2,
                                             Handle::close,
                                             Handle::read,
                                             Handle::write,
                                             Handle::truncate,
                                             Handle::sync,
                                             Handle::size,
                                             Handle::lock,
                                             Handle::unlock,
                                             Handle::is_reserved,
                                             Handle::control,
                                             Handle::sector_size,
                                             Handle::characteristics,
                                             Handle::shm_map,
                                             Handle::shm_lock,
                                             Handle::shm_barrier,
                                             Handle::shm_unmap,
                                             nullptr,
                                             nullptr};
  handle->has_real = (flags & SQLITE_OPEN_MAIN_DB) != 0;
  if (handle->has_real) {
    auto* real = Handle::real(&handle->base);
    const int code = real_->xOpen(real_, path, real, flags, out_flags);
    if (code != SQLITE_OK) return code;
  } else if (out_flags) {
    *out_flags = flags;
  }
  handle->power = this;
  // Temporary files have no name.
  handle->file = &files_[path ? path : "temporary " + std::to_string(files_.size())];
  handle->file->is_new |= !handle->file->exists;
  handle->file->exists = true;
  handle->base.pMethods = &methods;
  return SQLITE_OK;
}

void PowerCut::restore(Survives what, Random& random) {
  for (auto& [path, file] : files_) {
    const auto keep = what == Survives::kFirst
                          ? random.below(static_cast<uint32_t>(file.writes.size()) + 1)
                          : file.writes.size();
    // The file's entry in its folder may be on the disk without a sync, or its removal.
    if (file.exists != file.survives && what != Survives::kNothing)
      file.survives = what == Survives::kAll ? file.exists : random.below(2) == 0;
    for (size_t i = 0; i < keep && what != Survives::kNothing; ++i) {
      const Write& write = file.writes[i];
      if (write.truncates) {
        if (what != Survives::kSome || random.below(2) == 0) apply(write, file.disk);
        continue;
      }
      for (size_t at = 0; at < write.data.size(); at += kSector)
        if (what != Survives::kSome || random.below(2) == 0)
          apply({write.offset + static_cast<int64_t>(at), write.data.substr(at, kSector), false},
                file.disk);
    }
    file.exists = file.survives;
    if (!file.survives) file.disk.clear();
    file.data = file.disk;
    file.writes.clear();
    file.is_new = false;
  }
  left_ = INT64_MAX;
}

}  // namespace nasnet::search
