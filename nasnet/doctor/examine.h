#pragma once

#include <string>

#include "nasnet/boxes/detection_set.h"
#include "nasnet/doctor/finding.h"

namespace nasnet::doctor {

struct ExamineOptions {
  bool mirrored = false;  ///< near copies that are mirrored, too
  int threads = 1;
  boxes::BoxSettings boxes;
};

/// Examines a data set of any form that `nasnet data` reads, boxes among them: each image is
/// decoded once. Nothing is written. Memory: about 640 bytes an image beside the list of files.
/// Throws InputError where there is no data set, Interrupted.
Diagnosis examine_data(const std::string& where, const ExamineOptions& options);

}  // namespace nasnet::doctor
