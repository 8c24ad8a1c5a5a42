#include "nasnet/data/download.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/progress.h"
#include "nasnet/data/dataset.h"
#include "nasnet/data/known.h"

// Downloads go into FILE.part, from where an earlier try has ended, and get their name only once
// their checksum is right: a file of that name is always whole.

namespace nasnet::data {
namespace {

namespace fs = std::filesystem;

/// Checksums as the official page of the data sets publishes them.
struct Source {
  const char *name, *file, *md5;
};
constexpr Source kSources[] = {
    {"cifar-10", "cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530"},
    {"cifar-100", "cifar-100-binary.tar.gz", "03b5dce01913d631647c71ecec9e9cb8"},
};
constexpr const char* kOfficialSite = "https://www.cs.toronto.edu/~kriz";

/// libcurl's callbacks get it.
struct Transfer {
  FILE* file;
  Progress* progress;
  int64_t before;  // bytes that an earlier try has fetched
  int error = 0;   // of the last write
};

/// Fewer bytes than were given end the transfer with CURLE_WRITE_ERROR.
size_t on_data(char* bytes, size_t size, size_t count, void* context) {
  auto* transfer = static_cast<Transfer*>(context);
  const size_t written = std::fwrite(bytes, size, count, transfer->file);
  if (written < count) transfer->error = errno;
  return written;
}

/// In MiB. Anything but 0 ends the transfer: Ctrl-C works in its middle.
int on_progress(void* context, curl_off_t, curl_off_t now, curl_off_t, curl_off_t) {
  auto* transfer = static_cast<Transfer*>(context);
  transfer->progress->update((transfer->before + now) >> 20);
  return interrupted() ? 1 : 0;
}

int64_t size_of(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  return error ? 0 : static_cast<int64_t>(size);
}

/// Appends to the part that an earlier try has left. False where the server cannot go on in the
/// middle of a file.
bool transfer(const std::string& url, const fs::path& part) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(part.c_str(), "ab"), std::fclose);
  if (!file) throw SystemError(fmt::format("cannot write {}", part.string()));
  Progress progress("downloading", 0, "MiB");
  Transfer context{file.get(), &progress, size_of(part)};
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
  char reason[CURL_ERROR_SIZE] = "";
  CURL* handle = curl.get();
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(handle, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, reason);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, 20L);
  // Less than a byte a second for half a minute is a dead connection; a slow one may take its time.
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, 30L);
  curl_easy_setopt(handle, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(context.before));
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_data);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &context);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &context);
  const CURLcode code = curl_easy_perform(handle);
  check_interrupt("download stopped; run the same command again to resume it");
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  if (code == CURLE_OK || status == 416) return true;  // 416: nothing is left to fetch
  if (code == CURLE_RANGE_ERROR && context.before > 0) return false;
  if (code == CURLE_WRITE_ERROR)
    throw SystemError(fmt::format(
        "cannot write {}: {}; free some space and run the same command again: the part that has "
        "come is kept",
        part.string(), strerror(context.error)));
  throw SystemError(
      fmt::format("cannot download {}: {}; the part that has come is kept, run the same command "
                  "again to resume",
                  url, *reason ? reason : curl_easy_strerror(code)));
}

}  // namespace

void download_file(const std::string& url, const fs::path& path, const std::string& md5) {
  if (fs::exists(path) && file_digest(path, "md5") == md5) return;
  fs::path part = path;
  part += ".part";
  std::error_code ignored;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), ignored);
  if (!transfer(url, part)) {
    // The server gives no ranges: from the beginning, then.
    fs::remove(part);
    transfer(url, part);
  }
  const std::string found = file_digest(part, "md5");
  if (found != md5) {
    fs::remove(part, ignored);
    throw InputError(
        fmt::format("{} came with MD5 {}, it should be {}; the file was removed, try "
                    "again",
                    url, found, md5));
  }
  fs::rename(part, path);
}

fs::path download(const std::string& name, const std::string& base_url) {
  std::vector<std::string> names;
  for (const Source& source : kSources) {
    names.emplace_back(source.name);
    if (name != source.name) continue;
    fs::path path = data_folder() / source.file;
    download_file(fmt::format("{}/{}", base_url.empty() ? kOfficialSite : base_url, source.file),
                  path, source.md5);
    return path;
  }
  throw InputError(
      fmt::format("--download knows no data set '{}'{}", name, suggestion(name, names)));
}

}  // namespace nasnet::data
