// session.h: one client's connection: one call. Its head is parsed by Beast; bodies pass through in pieces. For the
// host's own .cpp files, as net.h.
#pragma once
#include "host/net.h"
#include "host/request_reader.h"
#include "wire/frame.h"
#include "wire/message.h"

namespace glovebox::host {

using wire::Word;
constexpr std::size_t front_max = std::size_t{1} << 17;  // of an upload, before it takes a place
constexpr const char* json = "application/json";

// Why nobody waits any longer: nothing happens, or a client is slow and others wait for its place.
enum class Late { silent, crowded };

class Session {
 public:
  Session(Shared& shared, Socket client)
      : shared_(shared),
        client_(std::move(client)),
        enclave_(shared.io),
        reader_(shared.options.upload_max + wire::request_max + 4) {
    arriving_ = shared.arriving.insert(shared.arriving.end(), {.client = client_, .since = Clock::now()});
  }
  ~Session() { arrived(); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  Task<void> run();

 private:
  // the client's side
  Task<bool> fill();
  Task<Ended> read_head();
  Task<Ended> read_body(std::span<std::uint8_t> out, std::size_t& size);
  Task<bool> send(View bytes);
  Task<bool> send_paced(View bytes);
  Task<void> answer(unsigned status, std::string_view type, View body);
  Task<void> answer(Word word);
  Task<void> wrong_use(unsigned status);
  bool heard();
  Task<void> leave();
  // the calls
  Task<void> route();
  Task<void> call_enclave(Route route, wire::FrameType type, View payload);
  Task<void> score();
  Task<std::optional<Word>> take_turn();
  Task<void> let_go();
  Task<void> gone(Ended ended);
  Task<void> broker_keys();
  Task<bool> to_enclave(wire::FrameType type, View payload);
  Task<bool> connect_enclave();
  Task<Ended> read_front();
  Task<Ended> upload();
  Task<Word> replies(bool may_stream);
  Task<Late> watchdog();
  Task<void> client_leaves();
  Task<void> finish(Route route, Word word, std::string_view type);

  void alive(std::chrono::milliseconds wait) { due_ = Clock::now() + wait; }
  void arrived();
  void pace(std::size_t size);
  std::chrono::milliseconds kept_waiting() const;

  Shared& shared_;
  Socket client_;
  Socket enclave_;
  RequestReader reader_;
  Clock::time_point due_ = Clock::time_point::max();
  Clock::duration kept_waiting_{};  // by the client, since it last had sent a whole piece
  std::optional<Clock::time_point> waits_since_;
  std::size_t paced_ = 0;
  std::optional<std::list<Arriving>::iterator> arriving_;
  wire::UploadReader front_;
  Bytes held_;  // of the envelope, until it is this upload's turn
  Turns::Turn turn_;
  Bytes reply_;             // held until the status is known
  bool streaming_ = false;  // the answer's head is out
  bool answered_ = false;
};

}  // namespace glovebox::host
