#pragma once

#include "nasnet/boxes/detection_set.h"

namespace nasnet::cli {

/// Pictures with boxes, on request.
struct DrawSettings {
  std::string draw;
  int draw_count = 20;
};

template <class Visitor>
void visit_settings(Visitor& v, DrawSettings& s) {
  v("draw", s.draw, "write pictures (PNG) with their boxes drawn here, in a folder a split")
      .as("FOLDER")
      .everyone_needs_it();
  v("draw_count", s.draw_count, "so many pictures of each split, spread over it; 0 for all",
    Range{0, 1e9});
}

/// Writes the pictures that the settings ask for; returns their number. Throws InputError for one
/// that cannot be decoded.
int64_t draw_detection_set(const boxes::DetectionSet& set, const DrawSettings& settings);

/// Prints what a set of images with boxes holds, and its problems, as text or as one line of JSON.
void print_detection_set(const boxes::DetectionSet& set, bool json);

}  // namespace nasnet::cli
