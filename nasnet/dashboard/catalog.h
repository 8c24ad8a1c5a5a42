#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "nasnet/dashboard/live_study.h"

namespace nasnet::dashboard {

/// Where studies are looked for.
struct Places {
  std::vector<std::string> paths;  ///< studies' files, and folders of them
  std::string store;               ///< postgresql://..., all studies in it; "" for none
};

/// The studies of these places, found again and again: those that are made meanwhile come in, and
/// those whose file is gone stay with that as their problem. Thread-safe.
class Catalog {
 public:
  /// Throws InputError for a path that is neither a study nor a folder.
  explicit Catalog(Places places);

  /// By name.
  std::vector<std::shared_ptr<LiveStudy>> all() const;
  /// Null where no study has this id.
  std::shared_ptr<LiveStudy> find(const std::string& id) const;
  /// Words for a place that cannot be looked at now; "" while all can.
  std::string problem() const;

  /// Looks for studies, and at each of them, unless that was done less than `least` seconds ago.
  /// True if there is anything new.
  bool refresh(double least = 0);
  /// Grows with everything new.
  int64_t revision() const;

 private:
  using Clock = std::chrono::steady_clock;

  void look_for_studies();
  void add(const std::string& store, const std::string& study);

  Places places_;
  std::mutex refreshing_;  // held while studies are looked at: one at a time
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<LiveStudy>> studies_;  // by store and name
  std::string problem_;
  int64_t revision_ = 0;
  Clock::time_point looked_ = {}, searched_ = {};
};

/// A study's id in addresses: its name's letters and digits, and a digest of where it lies.
std::string make_id(const std::string& store, const std::string& study);

}  // namespace nasnet::dashboard
