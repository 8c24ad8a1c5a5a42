#pragma once

#include <string>

#include "cli/data_options.h"
#include "cli/options.h"
#include "nasnet/data/measure_loading.h"

namespace nasnet::cli {

/// The settings of `nasnet data bench`.
struct BenchFlags {
  data::CropLaw crop = data::CropLaw::kRandom;
  double seconds = 10, train_speed = 0;
};

template <class Visitor>
void visit_settings(Visitor& v, BenchFlags& s) {
  v.topic("Bench");
  data::AugmentSettings known;
  for (const Setting& one : list_settings(known))
    if (one.name == "crop_law") v("crop_law", s.crop, one.help);
  v("bench_seconds", s.seconds, "about as long as `nasnet data bench PATH` may take",
    Range{0.01, 3600});
  v("train_speed", s.train_speed,
    "images a second that a training takes: how many cores keep it fed is said, too",
    Range{0, 1e9});
}

/// Measures what the pictures of a source cost, and says so.
void bench_data(const std::string& source, const BenchFlags& flags, const DataSettings& settings,
                const Common& common);

}  // namespace nasnet::cli
