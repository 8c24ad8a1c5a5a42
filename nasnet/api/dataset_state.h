#pragma once

#include <nasnet/dataset.h>

#include "nasnet/data/dataset.h"

namespace nasnet::api {

/// A data set as the library holds it, with what is asked of it often.
struct DataSetState {
  data::DataSet data;
  data::Preparation preparation;  ///< that it was read with
  std::string digest;
  std::vector<std::string> notes;
};

}  // namespace nasnet::api
