#pragma once

#include <chrono>
#include <memory>
#include <utility>

#include "tests/search/store/forwarding_database.h"

namespace nasnet::scale {

/// Adds up the time that the calls of a database take.
class TimedDatabase : public search::ForwardingDatabase {
 public:
  /// `seconds` must outlive the database.
  TimedDatabase(std::unique_ptr<Database> inner, double& seconds)
      : ForwardingDatabase(std::move(inner)), seconds_(seconds) {}

  Result run(const std::string& sql, const std::vector<Value>& values) override {
    const Timer timer(seconds_);
    return ForwardingDatabase::run(sql, values);
  }
  void script(const std::string& sql) override {
    const Timer timer(seconds_);
    ForwardingDatabase::script(sql);
  }
  void begin(bool durable) override {
    const Timer timer(seconds_);
    ForwardingDatabase::begin(durable);
  }
  void commit() override {
    const Timer timer(seconds_);
    ForwardingDatabase::commit();
  }

 private:
  struct Timer {
    using Clock = std::chrono::steady_clock;
    explicit Timer(double& sum) : sum_(sum) {}
    ~Timer() { sum_ += std::chrono::duration<double>(Clock::now() - start_).count(); }
    double& sum_;
    Clock::time_point start_ = Clock::now();
  };

  double& seconds_;
};

}  // namespace nasnet::scale
