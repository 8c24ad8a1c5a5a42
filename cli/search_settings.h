#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nasnet/search/child.h"
#include "nasnet/search/study.h"
#include "nasnet/space/search_space.h"

namespace nasnet::cli {

/// Everything that `search` takes, and that its workers must know.
struct SearchSettings {
  std::string data = "fashion-mnist";
  std::string study_file = "nasnet-study.db";
  std::string space = "nasnet";
  int blocks = 5;
  std::vector<std::string> operations, combines;
  std::string time;
  int workers = 0;
  int top = 3;
  search::StudySettings study;
  search::ChildSettings child;
};

template <class Visitor>
void visit_settings(Visitor& v, SearchSettings& s) {
  v("data", s.data, "a known name (fashion-mnist, cifar-10, ...), a folder, or an archive");
  v("study", s.study_file, "file that keeps the search; an existing one is gone on with");
  v("space", s.space, "what is searched", Range{.one_of = {"nasnet"}});
  v("blocks", s.blocks, "B, blocks a cell", Range{1, 64});
  v("operations", s.operations,
    "operations of the space, comma-separated; empty for the paper's 13");
  v("combines", s.combines, "ways to join a block's halves; empty for add,concat");
  v("time", s.time, "stop after so much time in all, as 90s, 2m, 1.5h; empty for no limit");
  v("workers", s.workers, "processes that train children; 0 for one a core, at most 4 a GPU",
    Range{0, 4096});
  v("top", s.top, "cells saved and reported", Range{1, 1000});
  visit_settings(v, s.study);
  visit_settings(v, s.child);
}

/// Settings that may differ when a study is gone on with: they change no result.
inline const std::vector<std::string> kMayChange = {"study", "trials", "time",    "workers",
                                                    "top",   "data",   "baseline"};

/// "90s", "2m", "1.5h", "1d", or seconds as a bare number; "" is 0. Throws InputError.
double parse_seconds(const std::string& text);

space::NasnetSpace make_space(const SearchSettings& settings);

}  // namespace nasnet::cli
