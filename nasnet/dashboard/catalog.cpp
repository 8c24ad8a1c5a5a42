#include "nasnet/dashboard/catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <system_error>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/names.h"
#include "nasnet/search/store/find_studies.h"

namespace nasnet::dashboard {

namespace fs = std::filesystem;

namespace {

/// Between two searches of folders and databases for new studies.
constexpr auto kSearch = std::chrono::seconds(5);

}  // namespace

std::string make_id(const std::string& store, const std::string& study) {
  constexpr size_t kName = 40, kDigest = 8;
  const std::string stem = store.empty() ? fs::path(study).stem().string() : study;
  std::string id;
  for (const char c : stem) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      id += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!id.empty() && id.back() != '-') {
      id += '-';
    }
    if (id.size() == kName) break;
  }
  if (!id.empty() && id.back() != '-') id += '-';
  const std::string place = store.empty() ? fs::absolute(study).string() : store + "\n" + study;
  return id + digest(place, "sha256").substr(0, kDigest);
}

Catalog::Catalog(Places places) : places_(std::move(places)) {
  for (const std::string& path : places_.paths) {
    std::error_code error;
    if (fs::is_directory(path, error) || search::is_study_file(path)) continue;
    throw InputError(fs::exists(path, error)
                         ? fmt::format("{} is no study; name a study's file, or a folder of them",
                                       printable(path))
                         : fmt::format("{}: no such file or folder; name a study's file, or a "
                                       "folder of them",
                                       printable(path)));
  }
}

std::vector<std::shared_ptr<LiveStudy>> Catalog::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<LiveStudy>> list;
  for (const auto& [place, study] : studies_) list.push_back(study);
  return list;
}

std::shared_ptr<LiveStudy> Catalog::find(const std::string& id) const {
  for (const auto& study : all())
    if (study->id() == id) return study;
  return nullptr;
}

std::string Catalog::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

int64_t Catalog::revision() const {
  const std::lock_guard lock(mutex_);
  return revision_;
}

void Catalog::add(const std::string& store, const std::string& study) {
  const std::lock_guard lock(mutex_);
  auto& known = studies_[store + "\n" + study];
  if (known) return;
  known = std::make_shared<LiveStudy>(make_id(store, study), store, study);
  ++revision_;
}

void Catalog::look_for_studies() {
  std::string problem;
  for (const std::string& path : places_.paths) try {
      for (const std::string& file : search::find_study_files(path))
        add("", fs::path(file).lexically_normal().string());
    } catch (const Error& error) {
      problem = error.what();
    }
  if (!places_.store.empty()) try {
      for (const std::string& name : search::find_stored_studies(places_.store))
        add(places_.store, name);
    } catch (const Error& error) {
      problem = error.what();
    }
  const std::lock_guard lock(mutex_);
  if (problem != problem_) ++revision_;
  problem_ = problem;
}

bool Catalog::refresh(double least) {
  const std::lock_guard one_at_a_time(refreshing_);
  if (Clock::now() - looked_ < std::chrono::duration<double>(least)) return false;
  const int64_t before = revision();
  if (Clock::now() - searched_ > kSearch) {
    look_for_studies();
    searched_ = Clock::now();
  }
  for (const auto& study : all())
    if (study->refresh()) {
      const std::lock_guard lock(mutex_);
      ++revision_;
    }
  looked_ = Clock::now();
  return revision() != before;
}

}  // namespace nasnet::dashboard
