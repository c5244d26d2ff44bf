import type { ChannelOptions } from "@grpc/grpc-js";
import type { TransportLimits } from "../transport-options";

/** What both ends set: neither retries, nor proxies, nor statistics of gRPC's own have a place between brokers. */
function commonOptions(limits: TransportLimits): ChannelOptions {
  return {
    "grpc.max_receive_message_length": limits.messageBytesMax,
    "grpc.max_send_message_length": limits.messageBytesMax,
    "grpc.keepalive_time_ms": limits.keepaliveTimeMs,
    "grpc.keepalive_timeout_ms": limits.keepaliveTimeoutMs,
    "grpc.enable_channelz": 0,
  };
}

export function serverOptions(limits: TransportLimits): ChannelOptions {
  return commonOptions(limits);
}

/**
 * The window is a matter of the dialling side alone: grpc-js ignores it on servers, which is why followers dial leaders.
 * Subchannels are this channel's own: one that other channels share would be in back-off after their failures.
 */
export function clientOptions(limits: TransportLimits): ChannelOptions {
  return {
    ...commonOptions(limits),
    "grpc-node.flow_control_window": limits.flowControlWindowBytes,
    "grpc.use_local_subchannel_pool": 1,
    "grpc.initial_reconnect_backoff_ms": 50,
    "grpc.min_reconnect_backoff_ms": 50,
    "grpc.max_reconnect_backoff_ms": 1_000,
    "grpc.enable_retries": 0,
    "grpc.enable_http_proxy": 0,
    "grpc.service_config_disable_resolution": 1,
  };
}
