#pragma once

#include <string>

namespace nasnet::exchange {

/// Names a file that is not read as weights, and how to get one that is: "is a TensorFlow
/// Lite model, ...". By its first bytes (`start`, at least 16 of them where it has as many), else
/// by its name; "is no file of weights, ..." where neither tells.
std::string unread_kind(const std::string& path, const std::string& start);

/// The same of a zip that is neither PyTorch's nor Keras', by the path of one of its members; ""
/// where it tells nothing.
std::string unread_zip(const std::string& member);

}  // namespace nasnet::exchange
