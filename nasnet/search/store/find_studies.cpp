#include "nasnet/search/store/find_studies.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string_view>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/search/store/sqlite_connection.h"
#include "nasnet/search/store/store.h"

namespace nasnet::search {
namespace {

namespace fs = std::filesystem;

/// The schemas of studies are called so; see postgres_database.cpp.
constexpr std::string_view kPrefix = "nasnet_";

bool opens_as_study(const std::string& path) {
  try {
    return open_sqlite(path, OpenMode::kRead)->version() > 0;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

bool is_study_file(const std::string& path) {
  // SQLite's header: 16 bytes of text, and at 68 the application's number, the high byte first.
  constexpr size_t kHeader = 72, kNumber = 68;
  constexpr std::string_view kText("SQLite format 3\0", 16);
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return false;  // a pipe would wait for its writer
  std::array<char, kHeader> bytes{};
  std::ifstream file(path, std::ios::binary);
  if (!file.read(bytes.data(), bytes.size())) return false;
  if (std::string_view(bytes.data(), kText.size()) != kText) return false;
  uint32_t number = 0;
  for (size_t i = kNumber; i < kHeader; ++i)
    number = number << 8 | static_cast<unsigned char>(bytes[i]);
  if (number == static_cast<uint32_t>(kSqliteApplicationId)) return true;
  // All that a young study has written may lie in its log still.
  return fs::exists(path + "-wal", error) && opens_as_study(path);
}

std::vector<std::string> find_study_files(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return {path};
  std::vector<std::string> found;
  try {
    for (const auto& entry : fs::directory_iterator(path)) {
      if (entry.is_directory(error)) {
        fs::directory_iterator inner(entry.path(), error);
        if (error) continue;  // folders of others, beside the studies
        for (const auto& file : inner)
          if (is_study_file(file.path().string())) found.push_back(file.path().string());
      } else if (is_study_file(entry.path().string())) {
        found.push_back(entry.path().string());
      }
    }
  } catch (const fs::filesystem_error& failure) {
    throw SystemError(
        fmt::format("cannot read the folder {}: {}", printable(path), failure.code().message()));
  }
  std::ranges::sort(found);
  return found;
}

std::vector<std::string> find_stored_studies(const std::string& url) {
  const std::unique_ptr<PGconn, void (*)(PGconn*)> connection(PQconnectdb(url.c_str()), PQfinish);
  const auto fail = [&] {
    std::string why = PQerrorMessage(connection.get());
    why.erase(std::find(why.begin(), why.end(), '\n'), why.end());
    throw SystemError(
        fmt::format("cannot reach the store {}: {}", without_password(url), printable(why)));
  };
  if (PQstatus(connection.get()) != CONNECTION_OK) fail();
  const std::unique_ptr<PGresult, void (*)(PGresult*)> result(
      PQexec(connection.get(),
             "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'nasnet\\_%' AND "
             "has_schema_privilege(oid, 'USAGE') ORDER BY nspname"),
      PQclear);
  if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) fail();
  std::vector<std::string> names;
  for (int row = 0; row < PQntuples(result.get()); ++row)
    names.push_back(std::string(PQgetvalue(result.get(), row, 0)).substr(kPrefix.size()));
  return names;
}

}  // namespace nasnet::search
