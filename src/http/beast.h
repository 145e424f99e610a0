// beast.h: Beast's HTTP/1.1 parser, without its assertions: a last chunk that comes alone and in pieces fails one that
// is wrong (parse_chunk_header takes 5 bytes for granted; Boost 1.83), and the bytes are the other side's to choose.
// Release builds have none anyway. Slow to compile: for .cpp files, and headers that only those include.
#pragma once
#define BOOST_DISABLE_ASSERTS
#include <boost/assert.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/vector_body.hpp>
#undef BOOST_DISABLE_ASSERTS
#include <boost/assert.hpp>
