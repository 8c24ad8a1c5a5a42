#pragma once

#include <stdexcept>

namespace nasnet {

/// The family of errors that the library throws. Every message is one line that says what was
/// wrong, where, and what to do about it; the program prints it as it is.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The user's input is wrong: a setting, a genotype, a file's content. The program exits with 2.
class InputError : public Error {
 public:
  using Error::Error;
};

/// The machine could not do it: disk full, file unreadable, no such device. Exit status 2 as well.
class SystemError : public Error {
 public:
  using Error::Error;
};

/// A computation went off to infinity or has no value: a loss, a reward.
class NotANumber : public Error {
 public:
  using Error::Error;
};

/// There is not enough memory, or it is known beforehand that there will not be.
class OutOfMemory : public Error {
 public:
  using Error::Error;
};

/// The user asked to stop (Ctrl-C, SIGTERM). What was finished is stored. Exit status 130.
class Interrupted : public Error {
 public:
  using Error::Error;
};

/// A fault of nasnet itself: an invariant of its own does not hold. No Error, so that whoever
/// handles bad input does not take it for that. The message names the invariant, file and line.
/// Exit status 1.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

}  // namespace nasnet
