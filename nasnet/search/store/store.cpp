#include "nasnet/search/store/store.h"

#include <fmt/format.h>

#include <regex>

#include "nasnet/base/error.h"
#include "nasnet/search/store/store_rows.h"

namespace nasnet::search {

using nlohmann::json;

Store::Store(std::unique_ptr<Database> database, double patience)
    : session_(std::move(database), patience), database_(session_.database()) {}

Store::~Store() = default;

json Store::settings() {
  const std::string text = note("settings");
  return text.empty() ? json() : read_stored<json>(text, "it has the settings");
}

void Store::set_settings(const json& settings) {
  set_note("settings", settings.dump());
}

std::string Store::note(const std::string& key) {
  const Database::Result result =
      session_.query("SELECT CAST(value AS TEXT) FROM study WHERE key = $1", {key});
  return result.empty() ? "" : result.text(0, 0);
}

void Store::set_note(const std::string& key, const std::string& value) {
  session_.transact(true, [&](bool) { put_note(key, value); });
}

void Store::put_note(const std::string& key, const std::string& value) {
  database_.run(
      "INSERT INTO study (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = "
      "excluded.value",
      {key, value});
}

std::string Store::agree(const std::string& key, const std::string& value) {
  session_.transact(true, [&](bool) {
    database_.run("INSERT INTO study (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
                  {key, value});
  });
  return note(key);
}

std::string without_password(const std::string& url) {
  static const std::regex kUser(R"(^(\w+://[^:/@?]*):[^@/]*@)"),
      kParameter("([?&])password=[^&]*&?");
  return std::regex_replace(std::regex_replace(url, kUser, "$1@"), kParameter, "$1");
}

std::unique_ptr<Store> open_store(const std::string& store, const std::string& study, OpenMode mode,
                                  double patience) {
  if (store.empty()) return std::make_unique<Store>(open_sqlite(study, mode), patience);
  if (!store.starts_with("postgresql://") && !store.starts_with("postgres://"))
    throw InputError(fmt::format(
        "--store {}: write postgresql://USER@HOST/DATABASE, or leave it out for a file", store));
  return std::make_unique<Store>(open_postgres(store, study, mode, patience), patience);
}

}  // namespace nasnet::search
