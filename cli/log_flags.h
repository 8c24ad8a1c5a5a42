#pragma once

#include <string>

#include "nasnet/base/settings.h"

namespace nasnet::cli {

/// Logs for other programs, beside the results: no part of a study's or a model's settings.
struct LogFlags {
  std::string tensorboard;
};

template <class Visitor>
void visit_settings(Visitor& v, LogFlags& s) {
  v.topic("Logs");
  v("tensorboard", s.tensorboard,
    "folder to write TensorBoard's event files to, while it runs; empty for none (docs/logs.md)")
      .as("DIR");
}

}  // namespace nasnet::cli
