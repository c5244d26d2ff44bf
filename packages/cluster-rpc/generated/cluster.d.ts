import * as $protobuf from "protobufjs/minimal";
import Long = require("long");

/** Namespace ottla. */
export namespace ottla {

    /** Namespace cluster. */
    namespace cluster {

        /** Namespace v1. */
        namespace v1 {

            /**
             * Properties of a TopicPartition.
             * @deprecated Use ottla.cluster.v1.TopicPartition.$Properties instead.
             */
            interface ITopicPartition extends ottla.cluster.v1.TopicPartition.$Properties {
            }

            /** Represents a TopicPartition. */
            class TopicPartition {

                /**
                 * Constructs a new TopicPartition.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.TopicPartition.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** TopicPartition topic. */
                topic: string;

                /** TopicPartition partition. */
                partition: number;

                /**
                 * Encodes the specified TopicPartition message. Does not implicitly {@link ottla.cluster.v1.TopicPartition.verify|verify} messages.
                 * @param message TopicPartition message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.TopicPartition.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a TopicPartition message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.TopicPartition & ottla.cluster.v1.TopicPartition.$Shape} TopicPartition
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.TopicPartition & ottla.cluster.v1.TopicPartition.$Shape;
            }

            namespace TopicPartition {

                /** Properties of a TopicPartition. */
                interface $Properties {

                    /** TopicPartition topic */
                    topic?: (string|null);

                    /** TopicPartition partition */
                    partition?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a TopicPartition. */
                type $Shape = ottla.cluster.v1.TopicPartition.$Properties;
            }

            /**
             * Properties of a TopicPartitionList.
             * @deprecated Use ottla.cluster.v1.TopicPartitionList.$Properties instead.
             */
            interface ITopicPartitionList extends ottla.cluster.v1.TopicPartitionList.$Properties {
            }

            /** Represents a TopicPartitionList. */
            class TopicPartitionList {

                /**
                 * Constructs a new TopicPartitionList.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.TopicPartitionList.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** TopicPartitionList partitions. */
                partitions: ottla.cluster.v1.TopicPartition.$Properties[];

                /**
                 * Encodes the specified TopicPartitionList message. Does not implicitly {@link ottla.cluster.v1.TopicPartitionList.verify|verify} messages.
                 * @param message TopicPartitionList message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.TopicPartitionList.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a TopicPartitionList message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.TopicPartitionList & ottla.cluster.v1.TopicPartitionList.$Shape} TopicPartitionList
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.TopicPartitionList & ottla.cluster.v1.TopicPartitionList.$Shape;
            }

            namespace TopicPartitionList {

                /** Properties of a TopicPartitionList. */
                interface $Properties {

                    /** TopicPartitionList partitions */
                    partitions?: (ottla.cluster.v1.TopicPartition.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a TopicPartitionList. */
                type $Shape = ottla.cluster.v1.TopicPartitionList.$Properties;
            }

            /**
             * Properties of a BrokerIdList.
             * @deprecated Use ottla.cluster.v1.BrokerIdList.$Properties instead.
             */
            interface IBrokerIdList extends ottla.cluster.v1.BrokerIdList.$Properties {
            }

            /** Represents a BrokerIdList. */
            class BrokerIdList {

                /**
                 * Constructs a new BrokerIdList.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.BrokerIdList.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** BrokerIdList brokerIds. */
                brokerIds: number[];

                /**
                 * Encodes the specified BrokerIdList message. Does not implicitly {@link ottla.cluster.v1.BrokerIdList.verify|verify} messages.
                 * @param message BrokerIdList message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.BrokerIdList.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a BrokerIdList message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.BrokerIdList & ottla.cluster.v1.BrokerIdList.$Shape} BrokerIdList
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.BrokerIdList & ottla.cluster.v1.BrokerIdList.$Shape;
            }

            namespace BrokerIdList {

                /** Properties of a BrokerIdList. */
                interface $Properties {

                    /** BrokerIdList brokerIds */
                    brokerIds?: (number[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a BrokerIdList. */
                type $Shape = ottla.cluster.v1.BrokerIdList.$Properties;
            }

            /**
             * Properties of a Goodbye.
             * @deprecated Use ottla.cluster.v1.Goodbye.$Properties instead.
             */
            interface IGoodbye extends ottla.cluster.v1.Goodbye.$Properties {
            }

            /** Represents a Goodbye. */
            class Goodbye {

                /**
                 * Constructs a new Goodbye.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.Goodbye.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Goodbye reason. */
                reason: string;

                /**
                 * Encodes the specified Goodbye message. Does not implicitly {@link ottla.cluster.v1.Goodbye.verify|verify} messages.
                 * @param message Goodbye message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.Goodbye.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Goodbye message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.Goodbye & ottla.cluster.v1.Goodbye.$Shape} Goodbye
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.Goodbye & ottla.cluster.v1.Goodbye.$Shape;
            }

            namespace Goodbye {

                /** Properties of a Goodbye. */
                interface $Properties {

                    /** Goodbye reason */
                    reason?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Goodbye. */
                type $Shape = ottla.cluster.v1.Goodbye.$Properties;
            }

            /**
             * Properties of a FollowerMessage.
             * @deprecated Use ottla.cluster.v1.FollowerMessage.$Properties instead.
             */
            interface IFollowerMessage extends ottla.cluster.v1.FollowerMessage.$Properties {
            }

            /** Represents a FollowerMessage. */
            class FollowerMessage {

                /**
                 * Constructs a new FollowerMessage.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.FollowerMessage.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** FollowerMessage hello. */
                hello?: (ottla.cluster.v1.FollowerHello.$Properties|null);

                /** FollowerMessage attach. */
                attach?: (ottla.cluster.v1.Attaches.$Properties|null);

                /** FollowerMessage ack. */
                ack?: (ottla.cluster.v1.Acks.$Properties|null);

                /** FollowerMessage detach. */
                detach?: (ottla.cluster.v1.Detaches.$Properties|null);

                /** FollowerMessage throttle. */
                throttle?: (ottla.cluster.v1.Throttle.$Properties|null);

                /** FollowerMessage goodbye. */
                goodbye?: (ottla.cluster.v1.Goodbye.$Properties|null);

                /** FollowerMessage body. */
                body?: ("hello"|"attach"|"ack"|"detach"|"throttle"|"goodbye");

                /**
                 * Encodes the specified FollowerMessage message. Does not implicitly {@link ottla.cluster.v1.FollowerMessage.verify|verify} messages.
                 * @param message FollowerMessage message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.FollowerMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a FollowerMessage message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.FollowerMessage & ottla.cluster.v1.FollowerMessage.$Shape} FollowerMessage
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.FollowerMessage & ottla.cluster.v1.FollowerMessage.$Shape;
            }

            namespace FollowerMessage {

                /** Properties of a FollowerMessage. */
                interface $Properties {

                    /** FollowerMessage hello */
                    hello?: (ottla.cluster.v1.FollowerHello.$Properties|null);

                    /** FollowerMessage attach */
                    attach?: (ottla.cluster.v1.Attaches.$Properties|null);

                    /** FollowerMessage ack */
                    ack?: (ottla.cluster.v1.Acks.$Properties|null);

                    /** FollowerMessage detach */
                    detach?: (ottla.cluster.v1.Detaches.$Properties|null);

                    /** FollowerMessage throttle */
                    throttle?: (ottla.cluster.v1.Throttle.$Properties|null);

                    /** FollowerMessage goodbye */
                    goodbye?: (ottla.cluster.v1.Goodbye.$Properties|null);

                    /** FollowerMessage body */
                    body?: ("hello"|"attach"|"ack"|"detach"|"throttle"|"goodbye");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of a FollowerMessage. */
                type $Shape = {
                  hello?: ottla.cluster.v1.FollowerHello.$Shape|null;
                  attach?: ottla.cluster.v1.Attaches.$Shape|null;
                  ack?: ottla.cluster.v1.Acks.$Shape|null;
                  detach?: ottla.cluster.v1.Detaches.$Shape|null;
                  throttle?: ottla.cluster.v1.Throttle.$Shape|null;
                  goodbye?: ottla.cluster.v1.Goodbye.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ body?: undefined; hello?: null; attach?: null; ack?: null; detach?: null; throttle?: null; goodbye?: null }|{ body?: "hello"; hello: ottla.cluster.v1.FollowerHello.$Shape; attach?: null; ack?: null; detach?: null; throttle?: null; goodbye?: null }|{ body?: "attach"; hello?: null; attach: ottla.cluster.v1.Attaches.$Shape; ack?: null; detach?: null; throttle?: null; goodbye?: null }|{ body?: "ack"; hello?: null; attach?: null; ack: ottla.cluster.v1.Acks.$Shape; detach?: null; throttle?: null; goodbye?: null }|{ body?: "detach"; hello?: null; attach?: null; ack?: null; detach: ottla.cluster.v1.Detaches.$Shape; throttle?: null; goodbye?: null }|{ body?: "throttle"; hello?: null; attach?: null; ack?: null; detach?: null; throttle: ottla.cluster.v1.Throttle.$Shape; goodbye?: null }|{ body?: "goodbye"; hello?: null; attach?: null; ack?: null; detach?: null; throttle?: null; goodbye: ottla.cluster.v1.Goodbye.$Shape })
                );
            }

            /**
             * Properties of a LeaderMessage.
             * @deprecated Use ottla.cluster.v1.LeaderMessage.$Properties instead.
             */
            interface ILeaderMessage extends ottla.cluster.v1.LeaderMessage.$Properties {
            }

            /** Represents a LeaderMessage. */
            class LeaderMessage {

                /**
                 * Constructs a new LeaderMessage.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.LeaderMessage.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** LeaderMessage welcome. */
                welcome?: (ottla.cluster.v1.LeaderWelcome.$Properties|null);

                /** LeaderMessage attachAnswers. */
                attachAnswers?: (ottla.cluster.v1.AttachAnswers.$Properties|null);

                /** LeaderMessage push. */
                push?: (ottla.cluster.v1.Pushes.$Properties|null);

                /** LeaderMessage progress. */
                progress?: (ottla.cluster.v1.ProgressReports.$Properties|null);

                /** LeaderMessage goodbye. */
                goodbye?: (ottla.cluster.v1.Goodbye.$Properties|null);

                /** LeaderMessage body. */
                body?: ("welcome"|"attachAnswers"|"push"|"progress"|"goodbye");

                /**
                 * Encodes the specified LeaderMessage message. Does not implicitly {@link ottla.cluster.v1.LeaderMessage.verify|verify} messages.
                 * @param message LeaderMessage message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.LeaderMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a LeaderMessage message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.LeaderMessage & ottla.cluster.v1.LeaderMessage.$Shape} LeaderMessage
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.LeaderMessage & ottla.cluster.v1.LeaderMessage.$Shape;
            }

            namespace LeaderMessage {

                /** Properties of a LeaderMessage. */
                interface $Properties {

                    /** LeaderMessage welcome */
                    welcome?: (ottla.cluster.v1.LeaderWelcome.$Properties|null);

                    /** LeaderMessage attachAnswers */
                    attachAnswers?: (ottla.cluster.v1.AttachAnswers.$Properties|null);

                    /** LeaderMessage push */
                    push?: (ottla.cluster.v1.Pushes.$Properties|null);

                    /** LeaderMessage progress */
                    progress?: (ottla.cluster.v1.ProgressReports.$Properties|null);

                    /** LeaderMessage goodbye */
                    goodbye?: (ottla.cluster.v1.Goodbye.$Properties|null);

                    /** LeaderMessage body */
                    body?: ("welcome"|"attachAnswers"|"push"|"progress"|"goodbye");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of a LeaderMessage. */
                type $Shape = {
                  welcome?: ottla.cluster.v1.LeaderWelcome.$Shape|null;
                  attachAnswers?: ottla.cluster.v1.AttachAnswers.$Shape|null;
                  push?: ottla.cluster.v1.Pushes.$Shape|null;
                  progress?: ottla.cluster.v1.ProgressReports.$Shape|null;
                  goodbye?: ottla.cluster.v1.Goodbye.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ body?: undefined; welcome?: null; attachAnswers?: null; push?: null; progress?: null; goodbye?: null }|{ body?: "welcome"; welcome: ottla.cluster.v1.LeaderWelcome.$Shape; attachAnswers?: null; push?: null; progress?: null; goodbye?: null }|{ body?: "attachAnswers"; welcome?: null; attachAnswers: ottla.cluster.v1.AttachAnswers.$Shape; push?: null; progress?: null; goodbye?: null }|{ body?: "push"; welcome?: null; attachAnswers?: null; push: ottla.cluster.v1.Pushes.$Shape; progress?: null; goodbye?: null }|{ body?: "progress"; welcome?: null; attachAnswers?: null; push?: null; progress: ottla.cluster.v1.ProgressReports.$Shape; goodbye?: null }|{ body?: "goodbye"; welcome?: null; attachAnswers?: null; push?: null; progress?: null; goodbye: ottla.cluster.v1.Goodbye.$Shape })
                );
            }

            /**
             * Properties of a FollowerHello.
             * @deprecated Use ottla.cluster.v1.FollowerHello.$Properties instead.
             */
            interface IFollowerHello extends ottla.cluster.v1.FollowerHello.$Properties {
            }

            /** Represents a FollowerHello. */
            class FollowerHello {

                /**
                 * Constructs a new FollowerHello.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.FollowerHello.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** FollowerHello brokerId. */
                brokerId: number;

                /** FollowerHello brokerEpoch. */
                brokerEpoch: (number|Long);

                /** FollowerHello incarnation. */
                incarnation: string;

                /** FollowerHello expectedLeaderId. */
                expectedLeaderId: number;

                /**
                 * Encodes the specified FollowerHello message. Does not implicitly {@link ottla.cluster.v1.FollowerHello.verify|verify} messages.
                 * @param message FollowerHello message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.FollowerHello.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a FollowerHello message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.FollowerHello & ottla.cluster.v1.FollowerHello.$Shape} FollowerHello
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.FollowerHello & ottla.cluster.v1.FollowerHello.$Shape;
            }

            namespace FollowerHello {

                /** Properties of a FollowerHello. */
                interface $Properties {

                    /** FollowerHello brokerId */
                    brokerId?: (number|null);

                    /** FollowerHello brokerEpoch */
                    brokerEpoch?: (number|Long|null);

                    /** FollowerHello incarnation */
                    incarnation?: (string|null);

                    /** FollowerHello expectedLeaderId */
                    expectedLeaderId?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a FollowerHello. */
                type $Shape = ottla.cluster.v1.FollowerHello.$Properties;
            }

            /**
             * Properties of a LeaderWelcome.
             * @deprecated Use ottla.cluster.v1.LeaderWelcome.$Properties instead.
             */
            interface ILeaderWelcome extends ottla.cluster.v1.LeaderWelcome.$Properties {
            }

            /** Represents a LeaderWelcome. */
            class LeaderWelcome {

                /**
                 * Constructs a new LeaderWelcome.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.LeaderWelcome.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** LeaderWelcome brokerId. */
                brokerId: number;

                /** LeaderWelcome brokerEpoch. */
                brokerEpoch: (number|Long);

                /** LeaderWelcome incarnation. */
                incarnation: string;

                /**
                 * Encodes the specified LeaderWelcome message. Does not implicitly {@link ottla.cluster.v1.LeaderWelcome.verify|verify} messages.
                 * @param message LeaderWelcome message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.LeaderWelcome.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a LeaderWelcome message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.LeaderWelcome & ottla.cluster.v1.LeaderWelcome.$Shape} LeaderWelcome
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.LeaderWelcome & ottla.cluster.v1.LeaderWelcome.$Shape;
            }

            namespace LeaderWelcome {

                /** Properties of a LeaderWelcome. */
                interface $Properties {

                    /** LeaderWelcome brokerId */
                    brokerId?: (number|null);

                    /** LeaderWelcome brokerEpoch */
                    brokerEpoch?: (number|Long|null);

                    /** LeaderWelcome incarnation */
                    incarnation?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a LeaderWelcome. */
                type $Shape = ottla.cluster.v1.LeaderWelcome.$Properties;
            }

            /**
             * Properties of an Attaches.
             * @deprecated Use ottla.cluster.v1.Attaches.$Properties instead.
             */
            interface IAttaches extends ottla.cluster.v1.Attaches.$Properties {
            }

            /** Represents an Attaches. */
            class Attaches {

                /**
                 * Constructs a new Attaches.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.Attaches.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Attaches partitions. */
                partitions: ottla.cluster.v1.Attach.$Properties[];

                /**
                 * Encodes the specified Attaches message. Does not implicitly {@link ottla.cluster.v1.Attaches.verify|verify} messages.
                 * @param message Attaches message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.Attaches.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Attaches message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.Attaches & ottla.cluster.v1.Attaches.$Shape} Attaches
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.Attaches & ottla.cluster.v1.Attaches.$Shape;
            }

            namespace Attaches {

                /** Properties of an Attaches. */
                interface $Properties {

                    /** Attaches partitions */
                    partitions?: (ottla.cluster.v1.Attach.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Attaches. */
                type $Shape = ottla.cluster.v1.Attaches.$Properties;
            }

            /**
             * Properties of an Attach.
             * @deprecated Use ottla.cluster.v1.Attach.$Properties instead.
             */
            interface IAttach extends ottla.cluster.v1.Attach.$Properties {
            }

            /** Represents an Attach. */
            class Attach {

                /**
                 * Constructs a new Attach.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.Attach.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Attach topicId. */
                topicId: string;

                /** Attach partition. */
                partition: number;

                /** Attach attempt. */
                attempt: number;

                /** Attach leaderEpoch. */
                leaderEpoch: number;

                /** Attach logEndOffset. */
                logEndOffset: (number|Long);

                /** Attach lastEpoch. */
                lastEpoch: number;

                /** Attach logStartOffset. */
                logStartOffset: (number|Long);

                /** Attach throttled. */
                throttled: boolean;

                /**
                 * Encodes the specified Attach message. Does not implicitly {@link ottla.cluster.v1.Attach.verify|verify} messages.
                 * @param message Attach message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.Attach.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Attach message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.Attach & ottla.cluster.v1.Attach.$Shape} Attach
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.Attach & ottla.cluster.v1.Attach.$Shape;
            }

            namespace Attach {

                /** Properties of an Attach. */
                interface $Properties {

                    /** Attach topicId */
                    topicId?: (string|null);

                    /** Attach partition */
                    partition?: (number|null);

                    /** Attach attempt */
                    attempt?: (number|null);

                    /** Attach leaderEpoch */
                    leaderEpoch?: (number|null);

                    /** Attach logEndOffset */
                    logEndOffset?: (number|Long|null);

                    /** Attach lastEpoch */
                    lastEpoch?: (number|null);

                    /** Attach logStartOffset */
                    logStartOffset?: (number|Long|null);

                    /** Attach throttled */
                    throttled?: (boolean|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Attach. */
                type $Shape = ottla.cluster.v1.Attach.$Properties;
            }

            /**
             * Properties of an AttachAnswers.
             * @deprecated Use ottla.cluster.v1.AttachAnswers.$Properties instead.
             */
            interface IAttachAnswers extends ottla.cluster.v1.AttachAnswers.$Properties {
            }

            /** Represents an AttachAnswers. */
            class AttachAnswers {

                /**
                 * Constructs a new AttachAnswers.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.AttachAnswers.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** AttachAnswers answers. */
                answers: ottla.cluster.v1.AttachAnswer.$Properties[];

                /**
                 * Encodes the specified AttachAnswers message. Does not implicitly {@link ottla.cluster.v1.AttachAnswers.verify|verify} messages.
                 * @param message AttachAnswers message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.AttachAnswers.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an AttachAnswers message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.AttachAnswers & ottla.cluster.v1.AttachAnswers.$Shape} AttachAnswers
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.AttachAnswers & ottla.cluster.v1.AttachAnswers.$Shape;
            }

            namespace AttachAnswers {

                /** Properties of an AttachAnswers. */
                interface $Properties {

                    /** AttachAnswers answers */
                    answers?: (ottla.cluster.v1.AttachAnswer.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an AttachAnswers. */
                type $Shape = {
                  answers?: ottla.cluster.v1.AttachAnswer.$Shape[]|null;
                  $unknowns?: Uint8Array[];
                };
            }

            /**
             * Properties of an AttachAnswer.
             * @deprecated Use ottla.cluster.v1.AttachAnswer.$Properties instead.
             */
            interface IAttachAnswer extends ottla.cluster.v1.AttachAnswer.$Properties {
            }

            /** Represents an AttachAnswer. */
            class AttachAnswer {

                /**
                 * Constructs a new AttachAnswer.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.AttachAnswer.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** AttachAnswer topicId. */
                topicId: string;

                /** AttachAnswer partition. */
                partition: number;

                /** AttachAnswer attempt. */
                attempt: number;

                /** AttachAnswer leaderEpoch. */
                leaderEpoch: number;

                /** AttachAnswer attached. */
                attached?: (ottla.cluster.v1.Attached.$Properties|null);

                /** AttachAnswer diverged. */
                diverged?: (ottla.cluster.v1.Diverged.$Properties|null);

                /** AttachAnswer restart. */
                restart?: (ottla.cluster.v1.Restart.$Properties|null);

                /** AttachAnswer fenced. */
                fenced?: (ottla.cluster.v1.Fenced.$Properties|null);

                /** AttachAnswer refused. */
                refused?: (ottla.cluster.v1.Refused.$Properties|null);

                /** AttachAnswer outcome. */
                outcome?: ("attached"|"diverged"|"restart"|"fenced"|"refused");

                /**
                 * Encodes the specified AttachAnswer message. Does not implicitly {@link ottla.cluster.v1.AttachAnswer.verify|verify} messages.
                 * @param message AttachAnswer message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.AttachAnswer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an AttachAnswer message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.AttachAnswer & ottla.cluster.v1.AttachAnswer.$Shape} AttachAnswer
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.AttachAnswer & ottla.cluster.v1.AttachAnswer.$Shape;
            }

            namespace AttachAnswer {

                /** Properties of an AttachAnswer. */
                interface $Properties {

                    /** AttachAnswer topicId */
                    topicId?: (string|null);

                    /** AttachAnswer partition */
                    partition?: (number|null);

                    /** AttachAnswer attempt */
                    attempt?: (number|null);

                    /** AttachAnswer leaderEpoch */
                    leaderEpoch?: (number|null);

                    /** AttachAnswer attached */
                    attached?: (ottla.cluster.v1.Attached.$Properties|null);

                    /** AttachAnswer diverged */
                    diverged?: (ottla.cluster.v1.Diverged.$Properties|null);

                    /** AttachAnswer restart */
                    restart?: (ottla.cluster.v1.Restart.$Properties|null);

                    /** AttachAnswer fenced */
                    fenced?: (ottla.cluster.v1.Fenced.$Properties|null);

                    /** AttachAnswer refused */
                    refused?: (ottla.cluster.v1.Refused.$Properties|null);

                    /** AttachAnswer outcome */
                    outcome?: ("attached"|"diverged"|"restart"|"fenced"|"refused");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of an AttachAnswer. */
                type $Shape = {
                  topicId?: string|null;
                  partition?: number|null;
                  attempt?: number|null;
                  leaderEpoch?: number|null;
                  attached?: ottla.cluster.v1.Attached.$Shape|null;
                  diverged?: ottla.cluster.v1.Diverged.$Shape|null;
                  restart?: ottla.cluster.v1.Restart.$Shape|null;
                  fenced?: ottla.cluster.v1.Fenced.$Shape|null;
                  refused?: ottla.cluster.v1.Refused.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ outcome?: undefined; attached?: null; diverged?: null; restart?: null; fenced?: null; refused?: null }|{ outcome?: "attached"; attached: ottla.cluster.v1.Attached.$Shape; diverged?: null; restart?: null; fenced?: null; refused?: null }|{ outcome?: "diverged"; attached?: null; diverged: ottla.cluster.v1.Diverged.$Shape; restart?: null; fenced?: null; refused?: null }|{ outcome?: "restart"; attached?: null; diverged?: null; restart: ottla.cluster.v1.Restart.$Shape; fenced?: null; refused?: null }|{ outcome?: "fenced"; attached?: null; diverged?: null; restart?: null; fenced: ottla.cluster.v1.Fenced.$Shape; refused?: null }|{ outcome?: "refused"; attached?: null; diverged?: null; restart?: null; fenced?: null; refused: ottla.cluster.v1.Refused.$Shape })
                );
            }

            /**
             * Properties of an Attached.
             * @deprecated Use ottla.cluster.v1.Attached.$Properties instead.
             */
            interface IAttached extends ottla.cluster.v1.Attached.$Properties {
            }

            /** Represents an Attached. */
            class Attached {

                /**
                 * Constructs a new Attached.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.Attached.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Attached attachId. */
                attachId: number;

                /** Attached highWatermark. */
                highWatermark: (number|Long);

                /** Attached logStartOffset. */
                logStartOffset: (number|Long);

                /**
                 * Encodes the specified Attached message. Does not implicitly {@link ottla.cluster.v1.Attached.verify|verify} messages.
                 * @param message Attached message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.Attached.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Attached message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.Attached & ottla.cluster.v1.Attached.$Shape} Attached
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.Attached & ottla.cluster.v1.Attached.$Shape;
            }

            namespace Attached {

                /** Properties of an Attached. */
                interface $Properties {

                    /** Attached attachId */
                    attachId?: (number|null);

                    /** Attached highWatermark */
                    highWatermark?: (number|Long|null);

                    /** Attached logStartOffset */
                    logStartOffset?: (number|Long|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Attached. */
                type $Shape = ottla.cluster.v1.Attached.$Properties;
            }

            /**
             * Properties of a Diverged.
             * @deprecated Use ottla.cluster.v1.Diverged.$Properties instead.
             */
            interface IDiverged extends ottla.cluster.v1.Diverged.$Properties {
            }

            /** Represents a Diverged. */
            class Diverged {

                /**
                 * Constructs a new Diverged.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.Diverged.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Diverged epoch. */
                epoch: number;

                /** Diverged endOffset. */
                endOffset: (number|Long);

                /**
                 * Encodes the specified Diverged message. Does not implicitly {@link ottla.cluster.v1.Diverged.verify|verify} messages.
                 * @param message Diverged message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.Diverged.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Diverged message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.Diverged & ottla.cluster.v1.Diverged.$Shape} Diverged
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.Diverged & ottla.cluster.v1.Diverged.$Shape;
            }

            namespace Diverged {

                /** Properties of a Diverged. */
                interface $Properties {

                    /** Diverged epoch */
                    epoch?: (number|null);

                    /** Diverged endOffset */
                    endOffset?: (number|Long|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Diverged. */
                type $Shape = ottla.cluster.v1.Diverged.$Properties;
            }

            /**
             * Properties of a Restart.
             * @deprecated Use ottla.cluster.v1.Restart.$Properties instead.
             */
            interface IRestart extends ottla.cluster.v1.Restart.$Properties {
            }

            /** Represents a Restart. */
            class Restart {

                /**
                 * Constructs a new Restart.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.Restart.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Restart logStartOffset. */
                logStartOffset: (number|Long);

                /**
                 * Encodes the specified Restart message. Does not implicitly {@link ottla.cluster.v1.Restart.verify|verify} messages.
                 * @param message Restart message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.Restart.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Restart message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.Restart & ottla.cluster.v1.Restart.$Shape} Restart
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.Restart & ottla.cluster.v1.Restart.$Shape;
            }

            namespace Restart {

                /** Properties of a Restart. */
                interface $Properties {

                    /** Restart logStartOffset */
                    logStartOffset?: (number|Long|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Restart. */
                type $Shape = ottla.cluster.v1.Restart.$Properties;
            }

            /**
             * Properties of a Fenced.
             * @deprecated Use ottla.cluster.v1.Fenced.$Properties instead.
             */
            interface IFenced extends ottla.cluster.v1.Fenced.$Properties {
            }

            /** Represents a Fenced. */
            class Fenced {

                /**
                 * Constructs a new Fenced.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.Fenced.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /**
                 * Encodes the specified Fenced message. Does not implicitly {@link ottla.cluster.v1.Fenced.verify|verify} messages.
                 * @param message Fenced message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.Fenced.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Fenced message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.Fenced & ottla.cluster.v1.Fenced.$Shape} Fenced
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.Fenced & ottla.cluster.v1.Fenced.$Shape;
            }

            namespace Fenced {

                /** Properties of a Fenced. */
                interface $Properties {

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Fenced. */
                type $Shape = ottla.cluster.v1.Fenced.$Properties;
            }

            /**
             * Properties of a Refused.
             * @deprecated Use ottla.cluster.v1.Refused.$Properties instead.
             */
            interface IRefused extends ottla.cluster.v1.Refused.$Properties {
            }

            /** Represents a Refused. */
            class Refused {

                /**
                 * Constructs a new Refused.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.Refused.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Refused error. */
                error: string;

                /**
                 * Encodes the specified Refused message. Does not implicitly {@link ottla.cluster.v1.Refused.verify|verify} messages.
                 * @param message Refused message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.Refused.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Refused message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.Refused & ottla.cluster.v1.Refused.$Shape} Refused
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.Refused & ottla.cluster.v1.Refused.$Shape;
            }

            namespace Refused {

                /** Properties of a Refused. */
                interface $Properties {

                    /** Refused error */
                    error?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Refused. */
                type $Shape = ottla.cluster.v1.Refused.$Properties;
            }

            /**
             * Properties of an Acks.
             * @deprecated Use ottla.cluster.v1.Acks.$Properties instead.
             */
            interface IAcks extends ottla.cluster.v1.Acks.$Properties {
            }

            /** Represents an Acks. */
            class Acks {

                /**
                 * Constructs a new Acks.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.Acks.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Acks partitions. */
                partitions: ottla.cluster.v1.Ack.$Properties[];

                /**
                 * Encodes the specified Acks message. Does not implicitly {@link ottla.cluster.v1.Acks.verify|verify} messages.
                 * @param message Acks message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.Acks.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Acks message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.Acks & ottla.cluster.v1.Acks.$Shape} Acks
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.Acks & ottla.cluster.v1.Acks.$Shape;
            }

            namespace Acks {

                /** Properties of an Acks. */
                interface $Properties {

                    /** Acks partitions */
                    partitions?: (ottla.cluster.v1.Ack.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Acks. */
                type $Shape = ottla.cluster.v1.Acks.$Properties;
            }

            /**
             * Properties of an Ack.
             * @deprecated Use ottla.cluster.v1.Ack.$Properties instead.
             */
            interface IAck extends ottla.cluster.v1.Ack.$Properties {
            }

            /** Represents an Ack. */
            class Ack {

                /**
                 * Constructs a new Ack.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.Ack.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Ack attachId. */
                attachId: number;

                /** Ack leaderEpoch. */
                leaderEpoch: number;

                /** Ack endOffset. */
                endOffset: (number|Long);

                /** Ack logStartOffset. */
                logStartOffset: (number|Long);

                /**
                 * Encodes the specified Ack message. Does not implicitly {@link ottla.cluster.v1.Ack.verify|verify} messages.
                 * @param message Ack message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.Ack.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Ack message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.Ack & ottla.cluster.v1.Ack.$Shape} Ack
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.Ack & ottla.cluster.v1.Ack.$Shape;
            }

            namespace Ack {

                /** Properties of an Ack. */
                interface $Properties {

                    /** Ack attachId */
                    attachId?: (number|null);

                    /** Ack leaderEpoch */
                    leaderEpoch?: (number|null);

                    /** Ack endOffset */
                    endOffset?: (number|Long|null);

                    /** Ack logStartOffset */
                    logStartOffset?: (number|Long|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Ack. */
                type $Shape = ottla.cluster.v1.Ack.$Properties;
            }

            /**
             * Properties of a Detaches.
             * @deprecated Use ottla.cluster.v1.Detaches.$Properties instead.
             */
            interface IDetaches extends ottla.cluster.v1.Detaches.$Properties {
            }

            /** Represents a Detaches. */
            class Detaches {

                /**
                 * Constructs a new Detaches.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.Detaches.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Detaches partitions. */
                partitions: ottla.cluster.v1.Detach.$Properties[];

                /**
                 * Encodes the specified Detaches message. Does not implicitly {@link ottla.cluster.v1.Detaches.verify|verify} messages.
                 * @param message Detaches message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.Detaches.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Detaches message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.Detaches & ottla.cluster.v1.Detaches.$Shape} Detaches
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.Detaches & ottla.cluster.v1.Detaches.$Shape;
            }

            namespace Detaches {

                /** Properties of a Detaches. */
                interface $Properties {

                    /** Detaches partitions */
                    partitions?: (ottla.cluster.v1.Detach.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Detaches. */
                type $Shape = ottla.cluster.v1.Detaches.$Properties;
            }

            /**
             * Properties of a Detach.
             * @deprecated Use ottla.cluster.v1.Detach.$Properties instead.
             */
            interface IDetach extends ottla.cluster.v1.Detach.$Properties {
            }

            /** Represents a Detach. */
            class Detach {

                /**
                 * Constructs a new Detach.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.Detach.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Detach attachId. */
                attachId: number;

                /** Detach leaderEpoch. */
                leaderEpoch: number;

                /** Detach newLeaderEpoch. */
                newLeaderEpoch: number;

                /** Detach newLeader. */
                newLeader: number;

                /**
                 * Encodes the specified Detach message. Does not implicitly {@link ottla.cluster.v1.Detach.verify|verify} messages.
                 * @param message Detach message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.Detach.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Detach message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.Detach & ottla.cluster.v1.Detach.$Shape} Detach
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.Detach & ottla.cluster.v1.Detach.$Shape;
            }

            namespace Detach {

                /** Properties of a Detach. */
                interface $Properties {

                    /** Detach attachId */
                    attachId?: (number|null);

                    /** Detach leaderEpoch */
                    leaderEpoch?: (number|null);

                    /** Detach newLeaderEpoch */
                    newLeaderEpoch?: (number|null);

                    /** Detach newLeader */
                    newLeader?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Detach. */
                type $Shape = ottla.cluster.v1.Detach.$Properties;
            }

            /**
             * Properties of a Throttle.
             * @deprecated Use ottla.cluster.v1.Throttle.$Properties instead.
             */
            interface IThrottle extends ottla.cluster.v1.Throttle.$Properties {
            }

            /** Represents a Throttle. */
            class Throttle {

                /**
                 * Constructs a new Throttle.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.Throttle.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Throttle partitions. */
                partitions: ottla.cluster.v1.ThrottledAttach.$Properties[];

                /** Throttle creditBytes. */
                creditBytes: (number|Long);

                /**
                 * Encodes the specified Throttle message. Does not implicitly {@link ottla.cluster.v1.Throttle.verify|verify} messages.
                 * @param message Throttle message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.Throttle.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Throttle message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.Throttle & ottla.cluster.v1.Throttle.$Shape} Throttle
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.Throttle & ottla.cluster.v1.Throttle.$Shape;
            }

            namespace Throttle {

                /** Properties of a Throttle. */
                interface $Properties {

                    /** Throttle partitions */
                    partitions?: (ottla.cluster.v1.ThrottledAttach.$Properties[]|null);

                    /** Throttle creditBytes */
                    creditBytes?: (number|Long|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Throttle. */
                type $Shape = ottla.cluster.v1.Throttle.$Properties;
            }

            /**
             * Properties of a ThrottledAttach.
             * @deprecated Use ottla.cluster.v1.ThrottledAttach.$Properties instead.
             */
            interface IThrottledAttach extends ottla.cluster.v1.ThrottledAttach.$Properties {
            }

            /** Represents a ThrottledAttach. */
            class ThrottledAttach {

                /**
                 * Constructs a new ThrottledAttach.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.ThrottledAttach.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** ThrottledAttach attachId. */
                attachId: number;

                /** ThrottledAttach throttled. */
                throttled: boolean;

                /**
                 * Encodes the specified ThrottledAttach message. Does not implicitly {@link ottla.cluster.v1.ThrottledAttach.verify|verify} messages.
                 * @param message ThrottledAttach message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.ThrottledAttach.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a ThrottledAttach message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.ThrottledAttach & ottla.cluster.v1.ThrottledAttach.$Shape} ThrottledAttach
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.ThrottledAttach & ottla.cluster.v1.ThrottledAttach.$Shape;
            }

            namespace ThrottledAttach {

                /** Properties of a ThrottledAttach. */
                interface $Properties {

                    /** ThrottledAttach attachId */
                    attachId?: (number|null);

                    /** ThrottledAttach throttled */
                    throttled?: (boolean|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a ThrottledAttach. */
                type $Shape = ottla.cluster.v1.ThrottledAttach.$Properties;
            }

            /**
             * Properties of a Pushes.
             * @deprecated Use ottla.cluster.v1.Pushes.$Properties instead.
             */
            interface IPushes extends ottla.cluster.v1.Pushes.$Properties {
            }

            /** Represents a Pushes. */
            class Pushes {

                /**
                 * Constructs a new Pushes.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.Pushes.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Pushes partitions. */
                partitions: ottla.cluster.v1.Push.$Properties[];

                /**
                 * Encodes the specified Pushes message. Does not implicitly {@link ottla.cluster.v1.Pushes.verify|verify} messages.
                 * @param message Pushes message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.Pushes.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Pushes message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.Pushes & ottla.cluster.v1.Pushes.$Shape} Pushes
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.Pushes & ottla.cluster.v1.Pushes.$Shape;
            }

            namespace Pushes {

                /** Properties of a Pushes. */
                interface $Properties {

                    /** Pushes partitions */
                    partitions?: (ottla.cluster.v1.Push.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Pushes. */
                type $Shape = ottla.cluster.v1.Pushes.$Properties;
            }

            /**
             * Properties of a Push.
             * @deprecated Use ottla.cluster.v1.Push.$Properties instead.
             */
            interface IPush extends ottla.cluster.v1.Push.$Properties {
            }

            /** Represents a Push. */
            class Push {

                /**
                 * Constructs a new Push.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.Push.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Push attachId. */
                attachId: number;

                /** Push leaderEpoch. */
                leaderEpoch: number;

                /** Push from. */
                from: (number|Long);

                /** Push highWatermark. */
                highWatermark: (number|Long);

                /** Push logStartOffset. */
                logStartOffset: (number|Long);

                /** Push records. */
                records: Uint8Array;

                /** Push credited. */
                credited: boolean;

                /**
                 * Encodes the specified Push message. Does not implicitly {@link ottla.cluster.v1.Push.verify|verify} messages.
                 * @param message Push message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.Push.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Push message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.Push & ottla.cluster.v1.Push.$Shape} Push
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.Push & ottla.cluster.v1.Push.$Shape;
            }

            namespace Push {

                /** Properties of a Push. */
                interface $Properties {

                    /** Push attachId */
                    attachId?: (number|null);

                    /** Push leaderEpoch */
                    leaderEpoch?: (number|null);

                    /** Push from */
                    from?: (number|Long|null);

                    /** Push highWatermark */
                    highWatermark?: (number|Long|null);

                    /** Push logStartOffset */
                    logStartOffset?: (number|Long|null);

                    /** Push records */
                    records?: (Uint8Array|null);

                    /** Push credited */
                    credited?: (boolean|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Push. */
                type $Shape = ottla.cluster.v1.Push.$Properties;
            }

            /**
             * Properties of a ProgressReports.
             * @deprecated Use ottla.cluster.v1.ProgressReports.$Properties instead.
             */
            interface IProgressReports extends ottla.cluster.v1.ProgressReports.$Properties {
            }

            /** Represents a ProgressReports. */
            class ProgressReports {

                /**
                 * Constructs a new ProgressReports.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.ProgressReports.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** ProgressReports partitions. */
                partitions: ottla.cluster.v1.Progress.$Properties[];

                /**
                 * Encodes the specified ProgressReports message. Does not implicitly {@link ottla.cluster.v1.ProgressReports.verify|verify} messages.
                 * @param message ProgressReports message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.ProgressReports.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a ProgressReports message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.ProgressReports & ottla.cluster.v1.ProgressReports.$Shape} ProgressReports
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.ProgressReports & ottla.cluster.v1.ProgressReports.$Shape;
            }

            namespace ProgressReports {

                /** Properties of a ProgressReports. */
                interface $Properties {

                    /** ProgressReports partitions */
                    partitions?: (ottla.cluster.v1.Progress.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a ProgressReports. */
                type $Shape = ottla.cluster.v1.ProgressReports.$Properties;
            }

            /**
             * Properties of a Progress.
             * @deprecated Use ottla.cluster.v1.Progress.$Properties instead.
             */
            interface IProgress extends ottla.cluster.v1.Progress.$Properties {
            }

            /** Represents a Progress. */
            class Progress {

                /**
                 * Constructs a new Progress.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.Progress.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Progress attachId. */
                attachId: number;

                /** Progress leaderEpoch. */
                leaderEpoch: number;

                /** Progress highWatermark. */
                highWatermark: (number|Long);

                /** Progress logStartOffset. */
                logStartOffset: (number|Long);

                /**
                 * Encodes the specified Progress message. Does not implicitly {@link ottla.cluster.v1.Progress.verify|verify} messages.
                 * @param message Progress message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.Progress.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Progress message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.Progress & ottla.cluster.v1.Progress.$Shape} Progress
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.Progress & ottla.cluster.v1.Progress.$Shape;
            }

            namespace Progress {

                /** Properties of a Progress. */
                interface $Properties {

                    /** Progress attachId */
                    attachId?: (number|null);

                    /** Progress leaderEpoch */
                    leaderEpoch?: (number|null);

                    /** Progress highWatermark */
                    highWatermark?: (number|Long|null);

                    /** Progress logStartOffset */
                    logStartOffset?: (number|Long|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Progress. */
                type $Shape = ottla.cluster.v1.Progress.$Properties;
            }

            /**
             * Properties of a BrokerMessage.
             * @deprecated Use ottla.cluster.v1.BrokerMessage.$Properties instead.
             */
            interface IBrokerMessage extends ottla.cluster.v1.BrokerMessage.$Properties {
            }

            /** Represents a BrokerMessage. */
            class BrokerMessage {

                /**
                 * Constructs a new BrokerMessage.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.BrokerMessage.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** BrokerMessage hello. */
                hello?: (ottla.cluster.v1.SessionHello.$Properties|null);

                /** BrokerMessage commandReply. */
                commandReply?: (ottla.cluster.v1.CommandReply.$Properties|null);

                /** BrokerMessage alterPartition. */
                alterPartition?: (ottla.cluster.v1.AlterPartition.$Properties|null);

                /** BrokerMessage ping. */
                ping?: (ottla.cluster.v1.Ping.$Properties|null);

                /** BrokerMessage goodbye. */
                goodbye?: (ottla.cluster.v1.Goodbye.$Properties|null);

                /** BrokerMessage body. */
                body?: ("hello"|"commandReply"|"alterPartition"|"ping"|"goodbye");

                /**
                 * Encodes the specified BrokerMessage message. Does not implicitly {@link ottla.cluster.v1.BrokerMessage.verify|verify} messages.
                 * @param message BrokerMessage message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.BrokerMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a BrokerMessage message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.BrokerMessage & ottla.cluster.v1.BrokerMessage.$Shape} BrokerMessage
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.BrokerMessage & ottla.cluster.v1.BrokerMessage.$Shape;
            }

            namespace BrokerMessage {

                /** Properties of a BrokerMessage. */
                interface $Properties {

                    /** BrokerMessage hello */
                    hello?: (ottla.cluster.v1.SessionHello.$Properties|null);

                    /** BrokerMessage commandReply */
                    commandReply?: (ottla.cluster.v1.CommandReply.$Properties|null);

                    /** BrokerMessage alterPartition */
                    alterPartition?: (ottla.cluster.v1.AlterPartition.$Properties|null);

                    /** BrokerMessage ping */
                    ping?: (ottla.cluster.v1.Ping.$Properties|null);

                    /** BrokerMessage goodbye */
                    goodbye?: (ottla.cluster.v1.Goodbye.$Properties|null);

                    /** BrokerMessage body */
                    body?: ("hello"|"commandReply"|"alterPartition"|"ping"|"goodbye");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of a BrokerMessage. */
                type $Shape = {
                  hello?: ottla.cluster.v1.SessionHello.$Shape|null;
                  commandReply?: ottla.cluster.v1.CommandReply.$Shape|null;
                  alterPartition?: ottla.cluster.v1.AlterPartition.$Shape|null;
                  ping?: ottla.cluster.v1.Ping.$Shape|null;
                  goodbye?: ottla.cluster.v1.Goodbye.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ body?: undefined; hello?: null; commandReply?: null; alterPartition?: null; ping?: null; goodbye?: null }|{ body?: "hello"; hello: ottla.cluster.v1.SessionHello.$Shape; commandReply?: null; alterPartition?: null; ping?: null; goodbye?: null }|{ body?: "commandReply"; hello?: null; commandReply: ottla.cluster.v1.CommandReply.$Shape; alterPartition?: null; ping?: null; goodbye?: null }|{ body?: "alterPartition"; hello?: null; commandReply?: null; alterPartition: ottla.cluster.v1.AlterPartition.$Shape; ping?: null; goodbye?: null }|{ body?: "ping"; hello?: null; commandReply?: null; alterPartition?: null; ping: ottla.cluster.v1.Ping.$Shape; goodbye?: null }|{ body?: "goodbye"; hello?: null; commandReply?: null; alterPartition?: null; ping?: null; goodbye: ottla.cluster.v1.Goodbye.$Shape })
                );
            }

            /**
             * Properties of a ControllerMessage.
             * @deprecated Use ottla.cluster.v1.ControllerMessage.$Properties instead.
             */
            interface IControllerMessage extends ottla.cluster.v1.ControllerMessage.$Properties {
            }

            /** Represents a ControllerMessage. */
            class ControllerMessage {

                /**
                 * Constructs a new ControllerMessage.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.ControllerMessage.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** ControllerMessage welcome. */
                welcome?: (ottla.cluster.v1.SessionWelcome.$Properties|null);

                /** ControllerMessage refused. */
                refused?: (ottla.cluster.v1.SessionRefusal.$Properties|null);

                /** ControllerMessage command. */
                command?: (ottla.cluster.v1.Command.$Properties|null);

                /** ControllerMessage alterPartitionReply. */
                alterPartitionReply?: (ottla.cluster.v1.AlterPartitionReply.$Properties|null);

                /** ControllerMessage pong. */
                pong?: (ottla.cluster.v1.Pong.$Properties|null);

                /** ControllerMessage withoutZookeeper. */
                withoutZookeeper?: (ottla.cluster.v1.WithoutZooKeeper.$Properties|null);

                /** ControllerMessage goodbye. */
                goodbye?: (ottla.cluster.v1.Goodbye.$Properties|null);

                /** ControllerMessage body. */
                body?: ("welcome"|"refused"|"command"|"alterPartitionReply"|"pong"|"withoutZookeeper"|"goodbye");

                /**
                 * Encodes the specified ControllerMessage message. Does not implicitly {@link ottla.cluster.v1.ControllerMessage.verify|verify} messages.
                 * @param message ControllerMessage message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.ControllerMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a ControllerMessage message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.ControllerMessage & ottla.cluster.v1.ControllerMessage.$Shape} ControllerMessage
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.ControllerMessage & ottla.cluster.v1.ControllerMessage.$Shape;
            }

            namespace ControllerMessage {

                /** Properties of a ControllerMessage. */
                interface $Properties {

                    /** ControllerMessage welcome */
                    welcome?: (ottla.cluster.v1.SessionWelcome.$Properties|null);

                    /** ControllerMessage refused */
                    refused?: (ottla.cluster.v1.SessionRefusal.$Properties|null);

                    /** ControllerMessage command */
                    command?: (ottla.cluster.v1.Command.$Properties|null);

                    /** ControllerMessage alterPartitionReply */
                    alterPartitionReply?: (ottla.cluster.v1.AlterPartitionReply.$Properties|null);

                    /** ControllerMessage pong */
                    pong?: (ottla.cluster.v1.Pong.$Properties|null);

                    /** ControllerMessage withoutZookeeper */
                    withoutZookeeper?: (ottla.cluster.v1.WithoutZooKeeper.$Properties|null);

                    /** ControllerMessage goodbye */
                    goodbye?: (ottla.cluster.v1.Goodbye.$Properties|null);

                    /** ControllerMessage body */
                    body?: ("welcome"|"refused"|"command"|"alterPartitionReply"|"pong"|"withoutZookeeper"|"goodbye");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of a ControllerMessage. */
                type $Shape = {
                  welcome?: ottla.cluster.v1.SessionWelcome.$Shape|null;
                  refused?: ottla.cluster.v1.SessionRefusal.$Shape|null;
                  command?: ottla.cluster.v1.Command.$Shape|null;
                  alterPartitionReply?: ottla.cluster.v1.AlterPartitionReply.$Shape|null;
                  pong?: ottla.cluster.v1.Pong.$Shape|null;
                  withoutZookeeper?: ottla.cluster.v1.WithoutZooKeeper.$Shape|null;
                  goodbye?: ottla.cluster.v1.Goodbye.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ body?: undefined; welcome?: null; refused?: null; command?: null; alterPartitionReply?: null; pong?: null; withoutZookeeper?: null; goodbye?: null }|{ body?: "welcome"; welcome: ottla.cluster.v1.SessionWelcome.$Shape; refused?: null; command?: null; alterPartitionReply?: null; pong?: null; withoutZookeeper?: null; goodbye?: null }|{ body?: "refused"; welcome?: null; refused: ottla.cluster.v1.SessionRefusal.$Shape; command?: null; alterPartitionReply?: null; pong?: null; withoutZookeeper?: null; goodbye?: null }|{ body?: "command"; welcome?: null; refused?: null; command: ottla.cluster.v1.Command.$Shape; alterPartitionReply?: null; pong?: null; withoutZookeeper?: null; goodbye?: null }|{ body?: "alterPartitionReply"; welcome?: null; refused?: null; command?: null; alterPartitionReply: ottla.cluster.v1.AlterPartitionReply.$Shape; pong?: null; withoutZookeeper?: null; goodbye?: null }|{ body?: "pong"; welcome?: null; refused?: null; command?: null; alterPartitionReply?: null; pong: ottla.cluster.v1.Pong.$Shape; withoutZookeeper?: null; goodbye?: null }|{ body?: "withoutZookeeper"; welcome?: null; refused?: null; command?: null; alterPartitionReply?: null; pong?: null; withoutZookeeper: ottla.cluster.v1.WithoutZooKeeper.$Shape; goodbye?: null }|{ body?: "goodbye"; welcome?: null; refused?: null; command?: null; alterPartitionReply?: null; pong?: null; withoutZookeeper?: null; goodbye: ottla.cluster.v1.Goodbye.$Shape })
                );
            }

            /**
             * Properties of a SessionHello.
             * @deprecated Use ottla.cluster.v1.SessionHello.$Properties instead.
             */
            interface ISessionHello extends ottla.cluster.v1.SessionHello.$Properties {
            }

            /** Represents a SessionHello. */
            class SessionHello {

                /**
                 * Constructs a new SessionHello.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.SessionHello.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** SessionHello brokerId. */
                brokerId: number;

                /** SessionHello brokerEpoch. */
                brokerEpoch: (number|Long);

                /** SessionHello incarnation. */
                incarnation: string;

                /**
                 * Encodes the specified SessionHello message. Does not implicitly {@link ottla.cluster.v1.SessionHello.verify|verify} messages.
                 * @param message SessionHello message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.SessionHello.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a SessionHello message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.SessionHello & ottla.cluster.v1.SessionHello.$Shape} SessionHello
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.SessionHello & ottla.cluster.v1.SessionHello.$Shape;
            }

            namespace SessionHello {

                /** Properties of a SessionHello. */
                interface $Properties {

                    /** SessionHello brokerId */
                    brokerId?: (number|null);

                    /** SessionHello brokerEpoch */
                    brokerEpoch?: (number|Long|null);

                    /** SessionHello incarnation */
                    incarnation?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a SessionHello. */
                type $Shape = ottla.cluster.v1.SessionHello.$Properties;
            }

            /**
             * Properties of a SessionWelcome.
             * @deprecated Use ottla.cluster.v1.SessionWelcome.$Properties instead.
             */
            interface ISessionWelcome extends ottla.cluster.v1.SessionWelcome.$Properties {
            }

            /** Represents a SessionWelcome. */
            class SessionWelcome {

                /**
                 * Constructs a new SessionWelcome.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.SessionWelcome.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** SessionWelcome controllerId. */
                controllerId: number;

                /** SessionWelcome controllerEpoch. */
                controllerEpoch: number;

                /** SessionWelcome incarnation. */
                incarnation: string;

                /**
                 * Encodes the specified SessionWelcome message. Does not implicitly {@link ottla.cluster.v1.SessionWelcome.verify|verify} messages.
                 * @param message SessionWelcome message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.SessionWelcome.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a SessionWelcome message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.SessionWelcome & ottla.cluster.v1.SessionWelcome.$Shape} SessionWelcome
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.SessionWelcome & ottla.cluster.v1.SessionWelcome.$Shape;
            }

            namespace SessionWelcome {

                /** Properties of a SessionWelcome. */
                interface $Properties {

                    /** SessionWelcome controllerId */
                    controllerId?: (number|null);

                    /** SessionWelcome controllerEpoch */
                    controllerEpoch?: (number|null);

                    /** SessionWelcome incarnation */
                    incarnation?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a SessionWelcome. */
                type $Shape = ottla.cluster.v1.SessionWelcome.$Properties;
            }

            /**
             * Properties of a SessionRefusal.
             * @deprecated Use ottla.cluster.v1.SessionRefusal.$Properties instead.
             */
            interface ISessionRefusal extends ottla.cluster.v1.SessionRefusal.$Properties {
            }

            /** Represents a SessionRefusal. */
            class SessionRefusal {

                /**
                 * Constructs a new SessionRefusal.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.SessionRefusal.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** SessionRefusal error. */
                error: string;

                /** SessionRefusal controllerId. */
                controllerId: number;

                /** SessionRefusal controllerEpoch. */
                controllerEpoch: number;

                /**
                 * Encodes the specified SessionRefusal message. Does not implicitly {@link ottla.cluster.v1.SessionRefusal.verify|verify} messages.
                 * @param message SessionRefusal message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.SessionRefusal.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a SessionRefusal message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.SessionRefusal & ottla.cluster.v1.SessionRefusal.$Shape} SessionRefusal
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.SessionRefusal & ottla.cluster.v1.SessionRefusal.$Shape;
            }

            namespace SessionRefusal {

                /** Properties of a SessionRefusal. */
                interface $Properties {

                    /** SessionRefusal error */
                    error?: (string|null);

                    /** SessionRefusal controllerId */
                    controllerId?: (number|null);

                    /** SessionRefusal controllerEpoch */
                    controllerEpoch?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a SessionRefusal. */
                type $Shape = ottla.cluster.v1.SessionRefusal.$Properties;
            }

            /**
             * Properties of a Command.
             * @deprecated Use ottla.cluster.v1.Command.$Properties instead.
             */
            interface ICommand extends ottla.cluster.v1.Command.$Properties {
            }

            /** Represents a Command. */
            class Command {

                /**
                 * Constructs a new Command.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.Command.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Command id. */
                id: number;

                /** Command controllerId. */
                controllerId: number;

                /** Command controllerEpoch. */
                controllerEpoch: number;

                /** Command brokerEpoch. */
                brokerEpoch: (number|Long);

                /** Command leaderAndIsr. */
                leaderAndIsr?: (ottla.cluster.v1.LeaderAndIsr.$Properties|null);

                /** Command updateMetadata. */
                updateMetadata?: (ottla.cluster.v1.UpdateMetadata.$Properties|null);

                /** Command stopReplica. */
                stopReplica?: (ottla.cluster.v1.StopReplica.$Properties|null);

                /** Command body. */
                body?: ("leaderAndIsr"|"updateMetadata"|"stopReplica");

                /**
                 * Encodes the specified Command message. Does not implicitly {@link ottla.cluster.v1.Command.verify|verify} messages.
                 * @param message Command message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.Command.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Command message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.Command & ottla.cluster.v1.Command.$Shape} Command
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.Command & ottla.cluster.v1.Command.$Shape;
            }

            namespace Command {

                /** Properties of a Command. */
                interface $Properties {

                    /** Command id */
                    id?: (number|null);

                    /** Command controllerId */
                    controllerId?: (number|null);

                    /** Command controllerEpoch */
                    controllerEpoch?: (number|null);

                    /** Command brokerEpoch */
                    brokerEpoch?: (number|Long|null);

                    /** Command leaderAndIsr */
                    leaderAndIsr?: (ottla.cluster.v1.LeaderAndIsr.$Properties|null);

                    /** Command updateMetadata */
                    updateMetadata?: (ottla.cluster.v1.UpdateMetadata.$Properties|null);

                    /** Command stopReplica */
                    stopReplica?: (ottla.cluster.v1.StopReplica.$Properties|null);

                    /** Command body */
                    body?: ("leaderAndIsr"|"updateMetadata"|"stopReplica");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of a Command. */
                type $Shape = {
                  id?: number|null;
                  controllerId?: number|null;
                  controllerEpoch?: number|null;
                  brokerEpoch?: number|Long|null;
                  leaderAndIsr?: ottla.cluster.v1.LeaderAndIsr.$Shape|null;
                  updateMetadata?: ottla.cluster.v1.UpdateMetadata.$Shape|null;
                  stopReplica?: ottla.cluster.v1.StopReplica.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ body?: undefined; leaderAndIsr?: null; updateMetadata?: null; stopReplica?: null }|{ body?: "leaderAndIsr"; leaderAndIsr: ottla.cluster.v1.LeaderAndIsr.$Shape; updateMetadata?: null; stopReplica?: null }|{ body?: "updateMetadata"; leaderAndIsr?: null; updateMetadata: ottla.cluster.v1.UpdateMetadata.$Shape; stopReplica?: null }|{ body?: "stopReplica"; leaderAndIsr?: null; updateMetadata?: null; stopReplica: ottla.cluster.v1.StopReplica.$Shape })
                );
            }

            /**
             * Properties of a LeaderAndIsr.
             * @deprecated Use ottla.cluster.v1.LeaderAndIsr.$Properties instead.
             */
            interface ILeaderAndIsr extends ottla.cluster.v1.LeaderAndIsr.$Properties {
            }

            /** Represents a LeaderAndIsr. */
            class LeaderAndIsr {

                /**
                 * Constructs a new LeaderAndIsr.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.LeaderAndIsr.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** LeaderAndIsr partitions. */
                partitions: ottla.cluster.v1.PartitionAssignment.$Properties[];

                /** LeaderAndIsr liveLeaders. */
                liveLeaders: ottla.cluster.v1.BrokerInfo.$Properties[];

                /** LeaderAndIsr full. */
                full: boolean;

                /** LeaderAndIsr tailSettled. */
                tailSettled: boolean;

                /**
                 * Encodes the specified LeaderAndIsr message. Does not implicitly {@link ottla.cluster.v1.LeaderAndIsr.verify|verify} messages.
                 * @param message LeaderAndIsr message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.LeaderAndIsr.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a LeaderAndIsr message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.LeaderAndIsr & ottla.cluster.v1.LeaderAndIsr.$Shape} LeaderAndIsr
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.LeaderAndIsr & ottla.cluster.v1.LeaderAndIsr.$Shape;
            }

            namespace LeaderAndIsr {

                /** Properties of a LeaderAndIsr. */
                interface $Properties {

                    /** LeaderAndIsr partitions */
                    partitions?: (ottla.cluster.v1.PartitionAssignment.$Properties[]|null);

                    /** LeaderAndIsr liveLeaders */
                    liveLeaders?: (ottla.cluster.v1.BrokerInfo.$Properties[]|null);

                    /** LeaderAndIsr full */
                    full?: (boolean|null);

                    /** LeaderAndIsr tailSettled */
                    tailSettled?: (boolean|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a LeaderAndIsr. */
                type $Shape = ottla.cluster.v1.LeaderAndIsr.$Properties;
            }

            /**
             * Properties of an UpdateMetadata.
             * @deprecated Use ottla.cluster.v1.UpdateMetadata.$Properties instead.
             */
            interface IUpdateMetadata extends ottla.cluster.v1.UpdateMetadata.$Properties {
            }

            /** Represents an UpdateMetadata. */
            class UpdateMetadata {

                /**
                 * Constructs a new UpdateMetadata.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.UpdateMetadata.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** UpdateMetadata brokers. */
                brokers: ottla.cluster.v1.BrokerInfo.$Properties[];

                /** UpdateMetadata partitions. */
                partitions: ottla.cluster.v1.PartitionMetadata.$Properties[];

                /** UpdateMetadata full. */
                full: boolean;

                /**
                 * Encodes the specified UpdateMetadata message. Does not implicitly {@link ottla.cluster.v1.UpdateMetadata.verify|verify} messages.
                 * @param message UpdateMetadata message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.UpdateMetadata.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an UpdateMetadata message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.UpdateMetadata & ottla.cluster.v1.UpdateMetadata.$Shape} UpdateMetadata
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.UpdateMetadata & ottla.cluster.v1.UpdateMetadata.$Shape;
            }

            namespace UpdateMetadata {

                /** Properties of an UpdateMetadata. */
                interface $Properties {

                    /** UpdateMetadata brokers */
                    brokers?: (ottla.cluster.v1.BrokerInfo.$Properties[]|null);

                    /** UpdateMetadata partitions */
                    partitions?: (ottla.cluster.v1.PartitionMetadata.$Properties[]|null);

                    /** UpdateMetadata full */
                    full?: (boolean|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an UpdateMetadata. */
                type $Shape = ottla.cluster.v1.UpdateMetadata.$Properties;
            }

            /**
             * Properties of a StopReplica.
             * @deprecated Use ottla.cluster.v1.StopReplica.$Properties instead.
             */
            interface IStopReplica extends ottla.cluster.v1.StopReplica.$Properties {
            }

            /** Represents a StopReplica. */
            class StopReplica {

                /**
                 * Constructs a new StopReplica.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.StopReplica.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** StopReplica partitions. */
                partitions: ottla.cluster.v1.StoppedReplica.$Properties[];

                /**
                 * Encodes the specified StopReplica message. Does not implicitly {@link ottla.cluster.v1.StopReplica.verify|verify} messages.
                 * @param message StopReplica message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.StopReplica.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a StopReplica message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.StopReplica & ottla.cluster.v1.StopReplica.$Shape} StopReplica
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.StopReplica & ottla.cluster.v1.StopReplica.$Shape;
            }

            namespace StopReplica {

                /** Properties of a StopReplica. */
                interface $Properties {

                    /** StopReplica partitions */
                    partitions?: (ottla.cluster.v1.StoppedReplica.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a StopReplica. */
                type $Shape = ottla.cluster.v1.StopReplica.$Properties;
            }

            /**
             * Properties of a PartitionAssignment.
             * @deprecated Use ottla.cluster.v1.PartitionAssignment.$Properties instead.
             */
            interface IPartitionAssignment extends ottla.cluster.v1.PartitionAssignment.$Properties {
            }

            /** Represents a PartitionAssignment. */
            class PartitionAssignment {

                /**
                 * Constructs a new PartitionAssignment.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.PartitionAssignment.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** PartitionAssignment topic. */
                topic: string;

                /** PartitionAssignment topicId. */
                topicId: string;

                /** PartitionAssignment partition. */
                partition: number;

                /** PartitionAssignment leader. */
                leader: number;

                /** PartitionAssignment leaderEpoch. */
                leaderEpoch: number;

                /** PartitionAssignment isr. */
                isr: number[];

                /** PartitionAssignment partitionEpoch. */
                partitionEpoch: number;

                /** PartitionAssignment controllerEpoch. */
                controllerEpoch: number;

                /** PartitionAssignment replicas. */
                replicas: number[];

                /** PartitionAssignment addingReplicas. */
                addingReplicas: number[];

                /** PartitionAssignment removingReplicas. */
                removingReplicas: number[];

                /** PartitionAssignment isNew. */
                isNew: boolean;

                /** PartitionAssignment recovering. */
                recovering: boolean;

                /**
                 * Encodes the specified PartitionAssignment message. Does not implicitly {@link ottla.cluster.v1.PartitionAssignment.verify|verify} messages.
                 * @param message PartitionAssignment message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.PartitionAssignment.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a PartitionAssignment message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.PartitionAssignment & ottla.cluster.v1.PartitionAssignment.$Shape} PartitionAssignment
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.PartitionAssignment & ottla.cluster.v1.PartitionAssignment.$Shape;
            }

            namespace PartitionAssignment {

                /** Properties of a PartitionAssignment. */
                interface $Properties {

                    /** PartitionAssignment topic */
                    topic?: (string|null);

                    /** PartitionAssignment topicId */
                    topicId?: (string|null);

                    /** PartitionAssignment partition */
                    partition?: (number|null);

                    /** PartitionAssignment leader */
                    leader?: (number|null);

                    /** PartitionAssignment leaderEpoch */
                    leaderEpoch?: (number|null);

                    /** PartitionAssignment isr */
                    isr?: (number[]|null);

                    /** PartitionAssignment partitionEpoch */
                    partitionEpoch?: (number|null);

                    /** PartitionAssignment controllerEpoch */
                    controllerEpoch?: (number|null);

                    /** PartitionAssignment replicas */
                    replicas?: (number[]|null);

                    /** PartitionAssignment addingReplicas */
                    addingReplicas?: (number[]|null);

                    /** PartitionAssignment removingReplicas */
                    removingReplicas?: (number[]|null);

                    /** PartitionAssignment isNew */
                    isNew?: (boolean|null);

                    /** PartitionAssignment recovering */
                    recovering?: (boolean|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a PartitionAssignment. */
                type $Shape = ottla.cluster.v1.PartitionAssignment.$Properties;
            }

            /**
             * Properties of a PartitionMetadata.
             * @deprecated Use ottla.cluster.v1.PartitionMetadata.$Properties instead.
             */
            interface IPartitionMetadata extends ottla.cluster.v1.PartitionMetadata.$Properties {
            }

            /** Represents a PartitionMetadata. */
            class PartitionMetadata {

                /**
                 * Constructs a new PartitionMetadata.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.PartitionMetadata.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** PartitionMetadata topic. */
                topic: string;

                /** PartitionMetadata topicId. */
                topicId: string;

                /** PartitionMetadata partition. */
                partition: number;

                /** PartitionMetadata leader. */
                leader: number;

                /** PartitionMetadata leaderEpoch. */
                leaderEpoch: number;

                /** PartitionMetadata isr. */
                isr: number[];

                /** PartitionMetadata partitionEpoch. */
                partitionEpoch: number;

                /** PartitionMetadata replicas. */
                replicas: number[];

                /** PartitionMetadata offlineReplicas. */
                offlineReplicas: number[];

                /**
                 * Encodes the specified PartitionMetadata message. Does not implicitly {@link ottla.cluster.v1.PartitionMetadata.verify|verify} messages.
                 * @param message PartitionMetadata message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.PartitionMetadata.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a PartitionMetadata message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.PartitionMetadata & ottla.cluster.v1.PartitionMetadata.$Shape} PartitionMetadata
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.PartitionMetadata & ottla.cluster.v1.PartitionMetadata.$Shape;
            }

            namespace PartitionMetadata {

                /** Properties of a PartitionMetadata. */
                interface $Properties {

                    /** PartitionMetadata topic */
                    topic?: (string|null);

                    /** PartitionMetadata topicId */
                    topicId?: (string|null);

                    /** PartitionMetadata partition */
                    partition?: (number|null);

                    /** PartitionMetadata leader */
                    leader?: (number|null);

                    /** PartitionMetadata leaderEpoch */
                    leaderEpoch?: (number|null);

                    /** PartitionMetadata isr */
                    isr?: (number[]|null);

                    /** PartitionMetadata partitionEpoch */
                    partitionEpoch?: (number|null);

                    /** PartitionMetadata replicas */
                    replicas?: (number[]|null);

                    /** PartitionMetadata offlineReplicas */
                    offlineReplicas?: (number[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a PartitionMetadata. */
                type $Shape = ottla.cluster.v1.PartitionMetadata.$Properties;
            }

            /**
             * Properties of a StoppedReplica.
             * @deprecated Use ottla.cluster.v1.StoppedReplica.$Properties instead.
             */
            interface IStoppedReplica extends ottla.cluster.v1.StoppedReplica.$Properties {
            }

            /** Represents a StoppedReplica. */
            class StoppedReplica {

                /**
                 * Constructs a new StoppedReplica.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.StoppedReplica.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** StoppedReplica topic. */
                topic: string;

                /** StoppedReplica topicId. */
                topicId: string;

                /** StoppedReplica partition. */
                partition: number;

                /** StoppedReplica leaderEpoch. */
                leaderEpoch: number;

                /** StoppedReplica deleteLog. */
                deleteLog: boolean;

                /**
                 * Encodes the specified StoppedReplica message. Does not implicitly {@link ottla.cluster.v1.StoppedReplica.verify|verify} messages.
                 * @param message StoppedReplica message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.StoppedReplica.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a StoppedReplica message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.StoppedReplica & ottla.cluster.v1.StoppedReplica.$Shape} StoppedReplica
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.StoppedReplica & ottla.cluster.v1.StoppedReplica.$Shape;
            }

            namespace StoppedReplica {

                /** Properties of a StoppedReplica. */
                interface $Properties {

                    /** StoppedReplica topic */
                    topic?: (string|null);

                    /** StoppedReplica topicId */
                    topicId?: (string|null);

                    /** StoppedReplica partition */
                    partition?: (number|null);

                    /** StoppedReplica leaderEpoch */
                    leaderEpoch?: (number|null);

                    /** StoppedReplica deleteLog */
                    deleteLog?: (boolean|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a StoppedReplica. */
                type $Shape = ottla.cluster.v1.StoppedReplica.$Properties;
            }

            /**
             * Properties of a BrokerInfo.
             * @deprecated Use ottla.cluster.v1.BrokerInfo.$Properties instead.
             */
            interface IBrokerInfo extends ottla.cluster.v1.BrokerInfo.$Properties {
            }

            /** Represents a BrokerInfo. */
            class BrokerInfo {

                /**
                 * Constructs a new BrokerInfo.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.BrokerInfo.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** BrokerInfo id. */
                id: number;

                /** BrokerInfo epoch. */
                epoch: (number|Long);

                /** BrokerInfo endpoints. */
                endpoints: ottla.cluster.v1.BrokerEndpoint.$Properties[];

                /** BrokerInfo rack. */
                rack?: (string|null);

                /** BrokerInfo rpc. */
                rpc?: (string|null);

                /** BrokerInfo incarnation. */
                incarnation?: (string|null);

                /**
                 * Encodes the specified BrokerInfo message. Does not implicitly {@link ottla.cluster.v1.BrokerInfo.verify|verify} messages.
                 * @param message BrokerInfo message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.BrokerInfo.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a BrokerInfo message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.BrokerInfo & ottla.cluster.v1.BrokerInfo.$Shape} BrokerInfo
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.BrokerInfo & ottla.cluster.v1.BrokerInfo.$Shape;
            }

            namespace BrokerInfo {

                /** Properties of a BrokerInfo. */
                interface $Properties {

                    /** BrokerInfo id */
                    id?: (number|null);

                    /** BrokerInfo epoch */
                    epoch?: (number|Long|null);

                    /** BrokerInfo endpoints */
                    endpoints?: (ottla.cluster.v1.BrokerEndpoint.$Properties[]|null);

                    /** BrokerInfo rack */
                    rack?: (string|null);

                    /** BrokerInfo rpc */
                    rpc?: (string|null);

                    /** BrokerInfo incarnation */
                    incarnation?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a BrokerInfo. */
                type $Shape = ottla.cluster.v1.BrokerInfo.$Properties;
            }

            /**
             * Properties of a BrokerEndpoint.
             * @deprecated Use ottla.cluster.v1.BrokerEndpoint.$Properties instead.
             */
            interface IBrokerEndpoint extends ottla.cluster.v1.BrokerEndpoint.$Properties {
            }

            /** Represents a BrokerEndpoint. */
            class BrokerEndpoint {

                /**
                 * Constructs a new BrokerEndpoint.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.BrokerEndpoint.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** BrokerEndpoint listenerName. */
                listenerName: string;

                /** BrokerEndpoint host. */
                host: string;

                /** BrokerEndpoint port. */
                port: number;

                /** BrokerEndpoint securityProtocol. */
                securityProtocol: string;

                /**
                 * Encodes the specified BrokerEndpoint message. Does not implicitly {@link ottla.cluster.v1.BrokerEndpoint.verify|verify} messages.
                 * @param message BrokerEndpoint message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.BrokerEndpoint.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a BrokerEndpoint message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.BrokerEndpoint & ottla.cluster.v1.BrokerEndpoint.$Shape} BrokerEndpoint
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.BrokerEndpoint & ottla.cluster.v1.BrokerEndpoint.$Shape;
            }

            namespace BrokerEndpoint {

                /** Properties of a BrokerEndpoint. */
                interface $Properties {

                    /** BrokerEndpoint listenerName */
                    listenerName?: (string|null);

                    /** BrokerEndpoint host */
                    host?: (string|null);

                    /** BrokerEndpoint port */
                    port?: (number|null);

                    /** BrokerEndpoint securityProtocol */
                    securityProtocol?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a BrokerEndpoint. */
                type $Shape = ottla.cluster.v1.BrokerEndpoint.$Properties;
            }

            /**
             * Properties of a CommandReply.
             * @deprecated Use ottla.cluster.v1.CommandReply.$Properties instead.
             */
            interface ICommandReply extends ottla.cluster.v1.CommandReply.$Properties {
            }

            /** Represents a CommandReply. */
            class CommandReply {

                /**
                 * Constructs a new CommandReply.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.CommandReply.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** CommandReply id. */
                id: number;

                /** CommandReply error. */
                error: string;

                /** CommandReply partitionErrors. */
                partitionErrors: ottla.cluster.v1.CommandPartitionError.$Properties[];

                /**
                 * Encodes the specified CommandReply message. Does not implicitly {@link ottla.cluster.v1.CommandReply.verify|verify} messages.
                 * @param message CommandReply message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.CommandReply.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a CommandReply message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.CommandReply & ottla.cluster.v1.CommandReply.$Shape} CommandReply
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.CommandReply & ottla.cluster.v1.CommandReply.$Shape;
            }

            namespace CommandReply {

                /** Properties of a CommandReply. */
                interface $Properties {

                    /** CommandReply id */
                    id?: (number|null);

                    /** CommandReply error */
                    error?: (string|null);

                    /** CommandReply partitionErrors */
                    partitionErrors?: (ottla.cluster.v1.CommandPartitionError.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a CommandReply. */
                type $Shape = ottla.cluster.v1.CommandReply.$Properties;
            }

            /**
             * Properties of a CommandPartitionError.
             * @deprecated Use ottla.cluster.v1.CommandPartitionError.$Properties instead.
             */
            interface ICommandPartitionError extends ottla.cluster.v1.CommandPartitionError.$Properties {
            }

            /** Represents a CommandPartitionError. */
            class CommandPartitionError {

                /**
                 * Constructs a new CommandPartitionError.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.CommandPartitionError.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** CommandPartitionError topic. */
                topic: string;

                /** CommandPartitionError partition. */
                partition: number;

                /** CommandPartitionError error. */
                error: string;

                /**
                 * Encodes the specified CommandPartitionError message. Does not implicitly {@link ottla.cluster.v1.CommandPartitionError.verify|verify} messages.
                 * @param message CommandPartitionError message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.CommandPartitionError.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a CommandPartitionError message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.CommandPartitionError & ottla.cluster.v1.CommandPartitionError.$Shape} CommandPartitionError
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.CommandPartitionError & ottla.cluster.v1.CommandPartitionError.$Shape;
            }

            namespace CommandPartitionError {

                /** Properties of a CommandPartitionError. */
                interface $Properties {

                    /** CommandPartitionError topic */
                    topic?: (string|null);

                    /** CommandPartitionError partition */
                    partition?: (number|null);

                    /** CommandPartitionError error */
                    error?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a CommandPartitionError. */
                type $Shape = ottla.cluster.v1.CommandPartitionError.$Properties;
            }

            /**
             * Properties of an AlterPartition.
             * @deprecated Use ottla.cluster.v1.AlterPartition.$Properties instead.
             */
            interface IAlterPartition extends ottla.cluster.v1.AlterPartition.$Properties {
            }

            /** Represents an AlterPartition. */
            class AlterPartition {

                /**
                 * Constructs a new AlterPartition.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.AlterPartition.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** AlterPartition requestId. */
                requestId: number;

                /** AlterPartition partitions. */
                partitions: ottla.cluster.v1.IsrProposal.$Properties[];

                /**
                 * Encodes the specified AlterPartition message. Does not implicitly {@link ottla.cluster.v1.AlterPartition.verify|verify} messages.
                 * @param message AlterPartition message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.AlterPartition.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an AlterPartition message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.AlterPartition & ottla.cluster.v1.AlterPartition.$Shape} AlterPartition
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.AlterPartition & ottla.cluster.v1.AlterPartition.$Shape;
            }

            namespace AlterPartition {

                /** Properties of an AlterPartition. */
                interface $Properties {

                    /** AlterPartition requestId */
                    requestId?: (number|null);

                    /** AlterPartition partitions */
                    partitions?: (ottla.cluster.v1.IsrProposal.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an AlterPartition. */
                type $Shape = ottla.cluster.v1.AlterPartition.$Properties;
            }

            /**
             * Properties of an IsrProposal.
             * @deprecated Use ottla.cluster.v1.IsrProposal.$Properties instead.
             */
            interface IIsrProposal extends ottla.cluster.v1.IsrProposal.$Properties {
            }

            /** Represents an IsrProposal. */
            class IsrProposal {

                /**
                 * Constructs a new IsrProposal.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.IsrProposal.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** IsrProposal topicId. */
                topicId: string;

                /** IsrProposal partition. */
                partition: number;

                /** IsrProposal leaderEpoch. */
                leaderEpoch: number;

                /** IsrProposal partitionEpoch. */
                partitionEpoch: number;

                /** IsrProposal isr. */
                isr: ottla.cluster.v1.IsrMember.$Properties[];

                /** IsrProposal recovering. */
                recovering: boolean;

                /** IsrProposal topic. */
                topic: string;

                /**
                 * Encodes the specified IsrProposal message. Does not implicitly {@link ottla.cluster.v1.IsrProposal.verify|verify} messages.
                 * @param message IsrProposal message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.IsrProposal.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an IsrProposal message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.IsrProposal & ottla.cluster.v1.IsrProposal.$Shape} IsrProposal
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.IsrProposal & ottla.cluster.v1.IsrProposal.$Shape;
            }

            namespace IsrProposal {

                /** Properties of an IsrProposal. */
                interface $Properties {

                    /** IsrProposal topicId */
                    topicId?: (string|null);

                    /** IsrProposal partition */
                    partition?: (number|null);

                    /** IsrProposal leaderEpoch */
                    leaderEpoch?: (number|null);

                    /** IsrProposal partitionEpoch */
                    partitionEpoch?: (number|null);

                    /** IsrProposal isr */
                    isr?: (ottla.cluster.v1.IsrMember.$Properties[]|null);

                    /** IsrProposal recovering */
                    recovering?: (boolean|null);

                    /** IsrProposal topic */
                    topic?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an IsrProposal. */
                type $Shape = ottla.cluster.v1.IsrProposal.$Properties;
            }

            /**
             * Properties of an IsrMember.
             * @deprecated Use ottla.cluster.v1.IsrMember.$Properties instead.
             */
            interface IIsrMember extends ottla.cluster.v1.IsrMember.$Properties {
            }

            /** Represents an IsrMember. */
            class IsrMember {

                /**
                 * Constructs a new IsrMember.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.IsrMember.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** IsrMember brokerId. */
                brokerId: number;

                /** IsrMember brokerEpoch. */
                brokerEpoch: (number|Long);

                /**
                 * Encodes the specified IsrMember message. Does not implicitly {@link ottla.cluster.v1.IsrMember.verify|verify} messages.
                 * @param message IsrMember message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.IsrMember.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an IsrMember message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.IsrMember & ottla.cluster.v1.IsrMember.$Shape} IsrMember
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.IsrMember & ottla.cluster.v1.IsrMember.$Shape;
            }

            namespace IsrMember {

                /** Properties of an IsrMember. */
                interface $Properties {

                    /** IsrMember brokerId */
                    brokerId?: (number|null);

                    /** IsrMember brokerEpoch */
                    brokerEpoch?: (number|Long|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an IsrMember. */
                type $Shape = ottla.cluster.v1.IsrMember.$Properties;
            }

            /**
             * Properties of an AlterPartitionReply.
             * @deprecated Use ottla.cluster.v1.AlterPartitionReply.$Properties instead.
             */
            interface IAlterPartitionReply extends ottla.cluster.v1.AlterPartitionReply.$Properties {
            }

            /** Represents an AlterPartitionReply. */
            class AlterPartitionReply {

                /**
                 * Constructs a new AlterPartitionReply.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.AlterPartitionReply.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** AlterPartitionReply requestId. */
                requestId: number;

                /** AlterPartitionReply error. */
                error: string;

                /** AlterPartitionReply partitions. */
                partitions: ottla.cluster.v1.IsrProposalOutcome.$Properties[];

                /** AlterPartitionReply controllerEpoch. */
                controllerEpoch: number;

                /**
                 * Encodes the specified AlterPartitionReply message. Does not implicitly {@link ottla.cluster.v1.AlterPartitionReply.verify|verify} messages.
                 * @param message AlterPartitionReply message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.AlterPartitionReply.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an AlterPartitionReply message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.AlterPartitionReply & ottla.cluster.v1.AlterPartitionReply.$Shape} AlterPartitionReply
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.AlterPartitionReply & ottla.cluster.v1.AlterPartitionReply.$Shape;
            }

            namespace AlterPartitionReply {

                /** Properties of an AlterPartitionReply. */
                interface $Properties {

                    /** AlterPartitionReply requestId */
                    requestId?: (number|null);

                    /** AlterPartitionReply error */
                    error?: (string|null);

                    /** AlterPartitionReply partitions */
                    partitions?: (ottla.cluster.v1.IsrProposalOutcome.$Properties[]|null);

                    /** AlterPartitionReply controllerEpoch */
                    controllerEpoch?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an AlterPartitionReply. */
                type $Shape = ottla.cluster.v1.AlterPartitionReply.$Properties;
            }

            /**
             * Properties of an IsrProposalOutcome.
             * @deprecated Use ottla.cluster.v1.IsrProposalOutcome.$Properties instead.
             */
            interface IIsrProposalOutcome extends ottla.cluster.v1.IsrProposalOutcome.$Properties {
            }

            /** Represents an IsrProposalOutcome. */
            class IsrProposalOutcome {

                /**
                 * Constructs a new IsrProposalOutcome.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.IsrProposalOutcome.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** IsrProposalOutcome topicId. */
                topicId: string;

                /** IsrProposalOutcome partition. */
                partition: number;

                /** IsrProposalOutcome error. */
                error: string;

                /** IsrProposalOutcome leader. */
                leader: number;

                /** IsrProposalOutcome leaderEpoch. */
                leaderEpoch: number;

                /** IsrProposalOutcome isr. */
                isr: number[];

                /** IsrProposalOutcome partitionEpoch. */
                partitionEpoch: number;

                /** IsrProposalOutcome recovering. */
                recovering: boolean;

                /** IsrProposalOutcome topic. */
                topic: string;

                /**
                 * Encodes the specified IsrProposalOutcome message. Does not implicitly {@link ottla.cluster.v1.IsrProposalOutcome.verify|verify} messages.
                 * @param message IsrProposalOutcome message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.IsrProposalOutcome.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an IsrProposalOutcome message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.IsrProposalOutcome & ottla.cluster.v1.IsrProposalOutcome.$Shape} IsrProposalOutcome
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.IsrProposalOutcome & ottla.cluster.v1.IsrProposalOutcome.$Shape;
            }

            namespace IsrProposalOutcome {

                /** Properties of an IsrProposalOutcome. */
                interface $Properties {

                    /** IsrProposalOutcome topicId */
                    topicId?: (string|null);

                    /** IsrProposalOutcome partition */
                    partition?: (number|null);

                    /** IsrProposalOutcome error */
                    error?: (string|null);

                    /** IsrProposalOutcome leader */
                    leader?: (number|null);

                    /** IsrProposalOutcome leaderEpoch */
                    leaderEpoch?: (number|null);

                    /** IsrProposalOutcome isr */
                    isr?: (number[]|null);

                    /** IsrProposalOutcome partitionEpoch */
                    partitionEpoch?: (number|null);

                    /** IsrProposalOutcome recovering */
                    recovering?: (boolean|null);

                    /** IsrProposalOutcome topic */
                    topic?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an IsrProposalOutcome. */
                type $Shape = ottla.cluster.v1.IsrProposalOutcome.$Properties;
            }

            /**
             * Properties of a Ping.
             * @deprecated Use ottla.cluster.v1.Ping.$Properties instead.
             */
            interface IPing extends ottla.cluster.v1.Ping.$Properties {
            }

            /** Represents a Ping. */
            class Ping {

                /**
                 * Constructs a new Ping.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.Ping.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Ping id. */
                id: number;

                /**
                 * Encodes the specified Ping message. Does not implicitly {@link ottla.cluster.v1.Ping.verify|verify} messages.
                 * @param message Ping message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.Ping.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Ping message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.Ping & ottla.cluster.v1.Ping.$Shape} Ping
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.Ping & ottla.cluster.v1.Ping.$Shape;
            }

            namespace Ping {

                /** Properties of a Ping. */
                interface $Properties {

                    /** Ping id */
                    id?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Ping. */
                type $Shape = ottla.cluster.v1.Ping.$Properties;
            }

            /**
             * Properties of a Pong.
             * @deprecated Use ottla.cluster.v1.Pong.$Properties instead.
             */
            interface IPong extends ottla.cluster.v1.Pong.$Properties {
            }

            /** Represents a Pong. */
            class Pong {

                /**
                 * Constructs a new Pong.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.Pong.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Pong id. */
                id: number;

                /** Pong controllerEpoch. */
                controllerEpoch: number;

                /**
                 * Encodes the specified Pong message. Does not implicitly {@link ottla.cluster.v1.Pong.verify|verify} messages.
                 * @param message Pong message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.Pong.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Pong message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.Pong & ottla.cluster.v1.Pong.$Shape} Pong
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.Pong & ottla.cluster.v1.Pong.$Shape;
            }

            namespace Pong {

                /** Properties of a Pong. */
                interface $Properties {

                    /** Pong id */
                    id?: (number|null);

                    /** Pong controllerEpoch */
                    controllerEpoch?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Pong. */
                type $Shape = ottla.cluster.v1.Pong.$Properties;
            }

            /**
             * Properties of a WithoutZooKeeper.
             * @deprecated Use ottla.cluster.v1.WithoutZooKeeper.$Properties instead.
             */
            interface IWithoutZooKeeper extends ottla.cluster.v1.WithoutZooKeeper.$Properties {
            }

            /** Represents a WithoutZooKeeper. */
            class WithoutZooKeeper {

                /**
                 * Constructs a new WithoutZooKeeper.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.WithoutZooKeeper.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** WithoutZooKeeper sinceMs. */
                sinceMs: (number|Long);

                /**
                 * Encodes the specified WithoutZooKeeper message. Does not implicitly {@link ottla.cluster.v1.WithoutZooKeeper.verify|verify} messages.
                 * @param message WithoutZooKeeper message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.WithoutZooKeeper.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a WithoutZooKeeper message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.WithoutZooKeeper & ottla.cluster.v1.WithoutZooKeeper.$Shape} WithoutZooKeeper
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.WithoutZooKeeper & ottla.cluster.v1.WithoutZooKeeper.$Shape;
            }

            namespace WithoutZooKeeper {

                /** Properties of a WithoutZooKeeper. */
                interface $Properties {

                    /** WithoutZooKeeper sinceMs */
                    sinceMs?: (number|Long|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a WithoutZooKeeper. */
                type $Shape = ottla.cluster.v1.WithoutZooKeeper.$Properties;
            }

            /**
             * Properties of a ControlledShutdownRequest.
             * @deprecated Use ottla.cluster.v1.ControlledShutdownRequest.$Properties instead.
             */
            interface IControlledShutdownRequest extends ottla.cluster.v1.ControlledShutdownRequest.$Properties {
            }

            /** Represents a ControlledShutdownRequest. */
            class ControlledShutdownRequest {

                /**
                 * Constructs a new ControlledShutdownRequest.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.ControlledShutdownRequest.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** ControlledShutdownRequest brokerId. */
                brokerId: number;

                /** ControlledShutdownRequest brokerEpoch. */
                brokerEpoch: (number|Long);

                /**
                 * Encodes the specified ControlledShutdownRequest message. Does not implicitly {@link ottla.cluster.v1.ControlledShutdownRequest.verify|verify} messages.
                 * @param message ControlledShutdownRequest message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.ControlledShutdownRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a ControlledShutdownRequest message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.ControlledShutdownRequest & ottla.cluster.v1.ControlledShutdownRequest.$Shape} ControlledShutdownRequest
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.ControlledShutdownRequest & ottla.cluster.v1.ControlledShutdownRequest.$Shape;
            }

            namespace ControlledShutdownRequest {

                /** Properties of a ControlledShutdownRequest. */
                interface $Properties {

                    /** ControlledShutdownRequest brokerId */
                    brokerId?: (number|null);

                    /** ControlledShutdownRequest brokerEpoch */
                    brokerEpoch?: (number|Long|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a ControlledShutdownRequest. */
                type $Shape = ottla.cluster.v1.ControlledShutdownRequest.$Properties;
            }

            /**
             * Properties of a ControlledShutdownReply.
             * @deprecated Use ottla.cluster.v1.ControlledShutdownReply.$Properties instead.
             */
            interface IControlledShutdownReply extends ottla.cluster.v1.ControlledShutdownReply.$Properties {
            }

            /** Represents a ControlledShutdownReply. */
            class ControlledShutdownReply {

                /**
                 * Constructs a new ControlledShutdownReply.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.ControlledShutdownReply.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** ControlledShutdownReply error. */
                error: string;

                /** ControlledShutdownReply remaining. */
                remaining: ottla.cluster.v1.TopicPartition.$Properties[];

                /**
                 * Encodes the specified ControlledShutdownReply message. Does not implicitly {@link ottla.cluster.v1.ControlledShutdownReply.verify|verify} messages.
                 * @param message ControlledShutdownReply message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.ControlledShutdownReply.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a ControlledShutdownReply message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.ControlledShutdownReply & ottla.cluster.v1.ControlledShutdownReply.$Shape} ControlledShutdownReply
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.ControlledShutdownReply & ottla.cluster.v1.ControlledShutdownReply.$Shape;
            }

            namespace ControlledShutdownReply {

                /** Properties of a ControlledShutdownReply. */
                interface $Properties {

                    /** ControlledShutdownReply error */
                    error?: (string|null);

                    /** ControlledShutdownReply remaining */
                    remaining?: (ottla.cluster.v1.TopicPartition.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a ControlledShutdownReply. */
                type $Shape = ottla.cluster.v1.ControlledShutdownReply.$Properties;
            }

            /**
             * Properties of an AllocateProducerIdsRequest.
             * @deprecated Use ottla.cluster.v1.AllocateProducerIdsRequest.$Properties instead.
             */
            interface IAllocateProducerIdsRequest extends ottla.cluster.v1.AllocateProducerIdsRequest.$Properties {
            }

            /** Represents an AllocateProducerIdsRequest. */
            class AllocateProducerIdsRequest {

                /**
                 * Constructs a new AllocateProducerIdsRequest.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.AllocateProducerIdsRequest.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** AllocateProducerIdsRequest brokerId. */
                brokerId: number;

                /** AllocateProducerIdsRequest brokerEpoch. */
                brokerEpoch: (number|Long);

                /**
                 * Encodes the specified AllocateProducerIdsRequest message. Does not implicitly {@link ottla.cluster.v1.AllocateProducerIdsRequest.verify|verify} messages.
                 * @param message AllocateProducerIdsRequest message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.AllocateProducerIdsRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an AllocateProducerIdsRequest message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.AllocateProducerIdsRequest & ottla.cluster.v1.AllocateProducerIdsRequest.$Shape} AllocateProducerIdsRequest
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.AllocateProducerIdsRequest & ottla.cluster.v1.AllocateProducerIdsRequest.$Shape;
            }

            namespace AllocateProducerIdsRequest {

                /** Properties of an AllocateProducerIdsRequest. */
                interface $Properties {

                    /** AllocateProducerIdsRequest brokerId */
                    brokerId?: (number|null);

                    /** AllocateProducerIdsRequest brokerEpoch */
                    brokerEpoch?: (number|Long|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an AllocateProducerIdsRequest. */
                type $Shape = ottla.cluster.v1.AllocateProducerIdsRequest.$Properties;
            }

            /**
             * Properties of an AllocateProducerIdsReply.
             * @deprecated Use ottla.cluster.v1.AllocateProducerIdsReply.$Properties instead.
             */
            interface IAllocateProducerIdsReply extends ottla.cluster.v1.AllocateProducerIdsReply.$Properties {
            }

            /** Represents an AllocateProducerIdsReply. */
            class AllocateProducerIdsReply {

                /**
                 * Constructs a new AllocateProducerIdsReply.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.AllocateProducerIdsReply.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** AllocateProducerIdsReply error. */
                error: string;

                /** AllocateProducerIdsReply firstProducerId. */
                firstProducerId: (number|Long);

                /** AllocateProducerIdsReply length. */
                length: number;

                /**
                 * Encodes the specified AllocateProducerIdsReply message. Does not implicitly {@link ottla.cluster.v1.AllocateProducerIdsReply.verify|verify} messages.
                 * @param message AllocateProducerIdsReply message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.AllocateProducerIdsReply.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an AllocateProducerIdsReply message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.AllocateProducerIdsReply & ottla.cluster.v1.AllocateProducerIdsReply.$Shape} AllocateProducerIdsReply
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.AllocateProducerIdsReply & ottla.cluster.v1.AllocateProducerIdsReply.$Shape;
            }

            namespace AllocateProducerIdsReply {

                /** Properties of an AllocateProducerIdsReply. */
                interface $Properties {

                    /** AllocateProducerIdsReply error */
                    error?: (string|null);

                    /** AllocateProducerIdsReply firstProducerId */
                    firstProducerId?: (number|Long|null);

                    /** AllocateProducerIdsReply length */
                    length?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an AllocateProducerIdsReply. */
                type $Shape = ottla.cluster.v1.AllocateProducerIdsReply.$Properties;
            }

            /** ElectionType enum. */
            enum ElectionType {

                /** PREFERRED value */
                PREFERRED = 0,

                /** UNCLEAN value */
                UNCLEAN = 1
            }

            /**
             * Properties of an ElectLeadersRequest.
             * @deprecated Use ottla.cluster.v1.ElectLeadersRequest.$Properties instead.
             */
            interface IElectLeadersRequest extends ottla.cluster.v1.ElectLeadersRequest.$Properties {
            }

            /** Represents an ElectLeadersRequest. */
            class ElectLeadersRequest {

                /**
                 * Constructs a new ElectLeadersRequest.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.ElectLeadersRequest.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** ElectLeadersRequest electionType. */
                electionType: ottla.cluster.v1.ElectionType;

                /** ElectLeadersRequest partitions. */
                partitions?: (ottla.cluster.v1.TopicPartitionList.$Properties|null);

                /** ElectLeadersRequest timeoutMs. */
                timeoutMs: number;

                /**
                 * Encodes the specified ElectLeadersRequest message. Does not implicitly {@link ottla.cluster.v1.ElectLeadersRequest.verify|verify} messages.
                 * @param message ElectLeadersRequest message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.ElectLeadersRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an ElectLeadersRequest message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.ElectLeadersRequest & ottla.cluster.v1.ElectLeadersRequest.$Shape} ElectLeadersRequest
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.ElectLeadersRequest & ottla.cluster.v1.ElectLeadersRequest.$Shape;
            }

            namespace ElectLeadersRequest {

                /** Properties of an ElectLeadersRequest. */
                interface $Properties {

                    /** ElectLeadersRequest electionType */
                    electionType?: (ottla.cluster.v1.ElectionType|null);

                    /** ElectLeadersRequest partitions */
                    partitions?: (ottla.cluster.v1.TopicPartitionList.$Properties|null);

                    /** ElectLeadersRequest timeoutMs */
                    timeoutMs?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an ElectLeadersRequest. */
                type $Shape = ottla.cluster.v1.ElectLeadersRequest.$Properties;
            }

            /**
             * Properties of an ElectLeadersReply.
             * @deprecated Use ottla.cluster.v1.ElectLeadersReply.$Properties instead.
             */
            interface IElectLeadersReply extends ottla.cluster.v1.ElectLeadersReply.$Properties {
            }

            /** Represents an ElectLeadersReply. */
            class ElectLeadersReply {

                /**
                 * Constructs a new ElectLeadersReply.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.ElectLeadersReply.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** ElectLeadersReply error. */
                error: string;

                /** ElectLeadersReply partitions. */
                partitions: ottla.cluster.v1.PartitionOutcome.$Properties[];

                /**
                 * Encodes the specified ElectLeadersReply message. Does not implicitly {@link ottla.cluster.v1.ElectLeadersReply.verify|verify} messages.
                 * @param message ElectLeadersReply message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.ElectLeadersReply.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an ElectLeadersReply message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.ElectLeadersReply & ottla.cluster.v1.ElectLeadersReply.$Shape} ElectLeadersReply
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.ElectLeadersReply & ottla.cluster.v1.ElectLeadersReply.$Shape;
            }

            namespace ElectLeadersReply {

                /** Properties of an ElectLeadersReply. */
                interface $Properties {

                    /** ElectLeadersReply error */
                    error?: (string|null);

                    /** ElectLeadersReply partitions */
                    partitions?: (ottla.cluster.v1.PartitionOutcome.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an ElectLeadersReply. */
                type $Shape = ottla.cluster.v1.ElectLeadersReply.$Properties;
            }

            /**
             * Properties of a PartitionOutcome.
             * @deprecated Use ottla.cluster.v1.PartitionOutcome.$Properties instead.
             */
            interface IPartitionOutcome extends ottla.cluster.v1.PartitionOutcome.$Properties {
            }

            /** Represents a PartitionOutcome. */
            class PartitionOutcome {

                /**
                 * Constructs a new PartitionOutcome.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.PartitionOutcome.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** PartitionOutcome topic. */
                topic: string;

                /** PartitionOutcome partition. */
                partition: number;

                /** PartitionOutcome error. */
                error: string;

                /** PartitionOutcome message. */
                message?: (string|null);

                /**
                 * Encodes the specified PartitionOutcome message. Does not implicitly {@link ottla.cluster.v1.PartitionOutcome.verify|verify} messages.
                 * @param message PartitionOutcome message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.PartitionOutcome.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a PartitionOutcome message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.PartitionOutcome & ottla.cluster.v1.PartitionOutcome.$Shape} PartitionOutcome
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.PartitionOutcome & ottla.cluster.v1.PartitionOutcome.$Shape;
            }

            namespace PartitionOutcome {

                /** Properties of a PartitionOutcome. */
                interface $Properties {

                    /** PartitionOutcome topic */
                    topic?: (string|null);

                    /** PartitionOutcome partition */
                    partition?: (number|null);

                    /** PartitionOutcome error */
                    error?: (string|null);

                    /** PartitionOutcome message */
                    message?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a PartitionOutcome. */
                type $Shape = ottla.cluster.v1.PartitionOutcome.$Properties;
            }

            /**
             * Properties of an AlterReassignmentsRequest.
             * @deprecated Use ottla.cluster.v1.AlterReassignmentsRequest.$Properties instead.
             */
            interface IAlterReassignmentsRequest extends ottla.cluster.v1.AlterReassignmentsRequest.$Properties {
            }

            /** Represents an AlterReassignmentsRequest. */
            class AlterReassignmentsRequest {

                /**
                 * Constructs a new AlterReassignmentsRequest.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.AlterReassignmentsRequest.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** AlterReassignmentsRequest timeoutMs. */
                timeoutMs: number;

                /** AlterReassignmentsRequest partitions. */
                partitions: ottla.cluster.v1.ReassignmentTarget.$Properties[];

                /**
                 * Encodes the specified AlterReassignmentsRequest message. Does not implicitly {@link ottla.cluster.v1.AlterReassignmentsRequest.verify|verify} messages.
                 * @param message AlterReassignmentsRequest message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.AlterReassignmentsRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an AlterReassignmentsRequest message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.AlterReassignmentsRequest & ottla.cluster.v1.AlterReassignmentsRequest.$Shape} AlterReassignmentsRequest
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.AlterReassignmentsRequest & ottla.cluster.v1.AlterReassignmentsRequest.$Shape;
            }

            namespace AlterReassignmentsRequest {

                /** Properties of an AlterReassignmentsRequest. */
                interface $Properties {

                    /** AlterReassignmentsRequest timeoutMs */
                    timeoutMs?: (number|null);

                    /** AlterReassignmentsRequest partitions */
                    partitions?: (ottla.cluster.v1.ReassignmentTarget.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an AlterReassignmentsRequest. */
                type $Shape = ottla.cluster.v1.AlterReassignmentsRequest.$Properties;
            }

            /**
             * Properties of a ReassignmentTarget.
             * @deprecated Use ottla.cluster.v1.ReassignmentTarget.$Properties instead.
             */
            interface IReassignmentTarget extends ottla.cluster.v1.ReassignmentTarget.$Properties {
            }

            /** Represents a ReassignmentTarget. */
            class ReassignmentTarget {

                /**
                 * Constructs a new ReassignmentTarget.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.ReassignmentTarget.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** ReassignmentTarget topic. */
                topic: string;

                /** ReassignmentTarget partition. */
                partition: number;

                /** ReassignmentTarget replicas. */
                replicas?: (ottla.cluster.v1.BrokerIdList.$Properties|null);

                /**
                 * Encodes the specified ReassignmentTarget message. Does not implicitly {@link ottla.cluster.v1.ReassignmentTarget.verify|verify} messages.
                 * @param message ReassignmentTarget message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.ReassignmentTarget.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a ReassignmentTarget message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.ReassignmentTarget & ottla.cluster.v1.ReassignmentTarget.$Shape} ReassignmentTarget
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.ReassignmentTarget & ottla.cluster.v1.ReassignmentTarget.$Shape;
            }

            namespace ReassignmentTarget {

                /** Properties of a ReassignmentTarget. */
                interface $Properties {

                    /** ReassignmentTarget topic */
                    topic?: (string|null);

                    /** ReassignmentTarget partition */
                    partition?: (number|null);

                    /** ReassignmentTarget replicas */
                    replicas?: (ottla.cluster.v1.BrokerIdList.$Properties|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a ReassignmentTarget. */
                type $Shape = ottla.cluster.v1.ReassignmentTarget.$Properties;
            }

            /**
             * Properties of an AlterReassignmentsReply.
             * @deprecated Use ottla.cluster.v1.AlterReassignmentsReply.$Properties instead.
             */
            interface IAlterReassignmentsReply extends ottla.cluster.v1.AlterReassignmentsReply.$Properties {
            }

            /** Represents an AlterReassignmentsReply. */
            class AlterReassignmentsReply {

                /**
                 * Constructs a new AlterReassignmentsReply.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.AlterReassignmentsReply.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** AlterReassignmentsReply error. */
                error: string;

                /** AlterReassignmentsReply message. */
                message?: (string|null);

                /** AlterReassignmentsReply partitions. */
                partitions: ottla.cluster.v1.PartitionOutcome.$Properties[];

                /**
                 * Encodes the specified AlterReassignmentsReply message. Does not implicitly {@link ottla.cluster.v1.AlterReassignmentsReply.verify|verify} messages.
                 * @param message AlterReassignmentsReply message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.AlterReassignmentsReply.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an AlterReassignmentsReply message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.AlterReassignmentsReply & ottla.cluster.v1.AlterReassignmentsReply.$Shape} AlterReassignmentsReply
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.AlterReassignmentsReply & ottla.cluster.v1.AlterReassignmentsReply.$Shape;
            }

            namespace AlterReassignmentsReply {

                /** Properties of an AlterReassignmentsReply. */
                interface $Properties {

                    /** AlterReassignmentsReply error */
                    error?: (string|null);

                    /** AlterReassignmentsReply message */
                    message?: (string|null);

                    /** AlterReassignmentsReply partitions */
                    partitions?: (ottla.cluster.v1.PartitionOutcome.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an AlterReassignmentsReply. */
                type $Shape = ottla.cluster.v1.AlterReassignmentsReply.$Properties;
            }

            /**
             * Properties of a ListReassignmentsRequest.
             * @deprecated Use ottla.cluster.v1.ListReassignmentsRequest.$Properties instead.
             */
            interface IListReassignmentsRequest extends ottla.cluster.v1.ListReassignmentsRequest.$Properties {
            }

            /** Represents a ListReassignmentsRequest. */
            class ListReassignmentsRequest {

                /**
                 * Constructs a new ListReassignmentsRequest.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.ListReassignmentsRequest.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** ListReassignmentsRequest timeoutMs. */
                timeoutMs: number;

                /** ListReassignmentsRequest partitions. */
                partitions?: (ottla.cluster.v1.TopicPartitionList.$Properties|null);

                /**
                 * Encodes the specified ListReassignmentsRequest message. Does not implicitly {@link ottla.cluster.v1.ListReassignmentsRequest.verify|verify} messages.
                 * @param message ListReassignmentsRequest message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.ListReassignmentsRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a ListReassignmentsRequest message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.ListReassignmentsRequest & ottla.cluster.v1.ListReassignmentsRequest.$Shape} ListReassignmentsRequest
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.ListReassignmentsRequest & ottla.cluster.v1.ListReassignmentsRequest.$Shape;
            }

            namespace ListReassignmentsRequest {

                /** Properties of a ListReassignmentsRequest. */
                interface $Properties {

                    /** ListReassignmentsRequest timeoutMs */
                    timeoutMs?: (number|null);

                    /** ListReassignmentsRequest partitions */
                    partitions?: (ottla.cluster.v1.TopicPartitionList.$Properties|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a ListReassignmentsRequest. */
                type $Shape = ottla.cluster.v1.ListReassignmentsRequest.$Properties;
            }

            /**
             * Properties of a ListReassignmentsReply.
             * @deprecated Use ottla.cluster.v1.ListReassignmentsReply.$Properties instead.
             */
            interface IListReassignmentsReply extends ottla.cluster.v1.ListReassignmentsReply.$Properties {
            }

            /** Represents a ListReassignmentsReply. */
            class ListReassignmentsReply {

                /**
                 * Constructs a new ListReassignmentsReply.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.ListReassignmentsReply.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** ListReassignmentsReply error. */
                error: string;

                /** ListReassignmentsReply message. */
                message?: (string|null);

                /** ListReassignmentsReply partitions. */
                partitions: ottla.cluster.v1.OngoingReassignment.$Properties[];

                /**
                 * Encodes the specified ListReassignmentsReply message. Does not implicitly {@link ottla.cluster.v1.ListReassignmentsReply.verify|verify} messages.
                 * @param message ListReassignmentsReply message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.ListReassignmentsReply.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a ListReassignmentsReply message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.ListReassignmentsReply & ottla.cluster.v1.ListReassignmentsReply.$Shape} ListReassignmentsReply
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.ListReassignmentsReply & ottla.cluster.v1.ListReassignmentsReply.$Shape;
            }

            namespace ListReassignmentsReply {

                /** Properties of a ListReassignmentsReply. */
                interface $Properties {

                    /** ListReassignmentsReply error */
                    error?: (string|null);

                    /** ListReassignmentsReply message */
                    message?: (string|null);

                    /** ListReassignmentsReply partitions */
                    partitions?: (ottla.cluster.v1.OngoingReassignment.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a ListReassignmentsReply. */
                type $Shape = ottla.cluster.v1.ListReassignmentsReply.$Properties;
            }

            /**
             * Properties of an OngoingReassignment.
             * @deprecated Use ottla.cluster.v1.OngoingReassignment.$Properties instead.
             */
            interface IOngoingReassignment extends ottla.cluster.v1.OngoingReassignment.$Properties {
            }

            /** Represents an OngoingReassignment. */
            class OngoingReassignment {

                /**
                 * Constructs a new OngoingReassignment.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.OngoingReassignment.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** OngoingReassignment topic. */
                topic: string;

                /** OngoingReassignment partition. */
                partition: number;

                /** OngoingReassignment replicas. */
                replicas: number[];

                /** OngoingReassignment addingReplicas. */
                addingReplicas: number[];

                /** OngoingReassignment removingReplicas. */
                removingReplicas: number[];

                /**
                 * Encodes the specified OngoingReassignment message. Does not implicitly {@link ottla.cluster.v1.OngoingReassignment.verify|verify} messages.
                 * @param message OngoingReassignment message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.OngoingReassignment.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an OngoingReassignment message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.OngoingReassignment & ottla.cluster.v1.OngoingReassignment.$Shape} OngoingReassignment
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.OngoingReassignment & ottla.cluster.v1.OngoingReassignment.$Shape;
            }

            namespace OngoingReassignment {

                /** Properties of an OngoingReassignment. */
                interface $Properties {

                    /** OngoingReassignment topic */
                    topic?: (string|null);

                    /** OngoingReassignment partition */
                    partition?: (number|null);

                    /** OngoingReassignment replicas */
                    replicas?: (number[]|null);

                    /** OngoingReassignment addingReplicas */
                    addingReplicas?: (number[]|null);

                    /** OngoingReassignment removingReplicas */
                    removingReplicas?: (number[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an OngoingReassignment. */
                type $Shape = ottla.cluster.v1.OngoingReassignment.$Properties;
            }

            /**
             * Properties of an IdentityRequest.
             * @deprecated Use ottla.cluster.v1.IdentityRequest.$Properties instead.
             */
            interface IIdentityRequest extends ottla.cluster.v1.IdentityRequest.$Properties {
            }

            /** Represents an IdentityRequest. */
            class IdentityRequest {

                /**
                 * Constructs a new IdentityRequest.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.IdentityRequest.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /**
                 * Encodes the specified IdentityRequest message. Does not implicitly {@link ottla.cluster.v1.IdentityRequest.verify|verify} messages.
                 * @param message IdentityRequest message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.IdentityRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an IdentityRequest message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.IdentityRequest & ottla.cluster.v1.IdentityRequest.$Shape} IdentityRequest
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.IdentityRequest & ottla.cluster.v1.IdentityRequest.$Shape;
            }

            namespace IdentityRequest {

                /** Properties of an IdentityRequest. */
                interface $Properties {

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an IdentityRequest. */
                type $Shape = ottla.cluster.v1.IdentityRequest.$Properties;
            }

            /**
             * Properties of an IdentityReply.
             * @deprecated Use ottla.cluster.v1.IdentityReply.$Properties instead.
             */
            interface IIdentityReply extends ottla.cluster.v1.IdentityReply.$Properties {
            }

            /** Represents an IdentityReply. */
            class IdentityReply {

                /**
                 * Constructs a new IdentityReply.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.IdentityReply.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** IdentityReply brokerId. */
                brokerId: number;

                /** IdentityReply brokerEpoch. */
                brokerEpoch?: (number|Long|null);

                /** IdentityReply incarnation. */
                incarnation: string;

                /** IdentityReply directoryIds. */
                directoryIds: string[];

                /** IdentityReply controllerEpoch. */
                controllerEpoch?: (number|null);

                /**
                 * Encodes the specified IdentityReply message. Does not implicitly {@link ottla.cluster.v1.IdentityReply.verify|verify} messages.
                 * @param message IdentityReply message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.IdentityReply.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an IdentityReply message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.IdentityReply & ottla.cluster.v1.IdentityReply.$Shape} IdentityReply
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.IdentityReply & ottla.cluster.v1.IdentityReply.$Shape;
            }

            namespace IdentityReply {

                /** Properties of an IdentityReply. */
                interface $Properties {

                    /** IdentityReply brokerId */
                    brokerId?: (number|null);

                    /** IdentityReply brokerEpoch */
                    brokerEpoch?: (number|Long|null);

                    /** IdentityReply incarnation */
                    incarnation?: (string|null);

                    /** IdentityReply directoryIds */
                    directoryIds?: (string[]|null);

                    /** IdentityReply controllerEpoch */
                    controllerEpoch?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an IdentityReply. */
                type $Shape = ottla.cluster.v1.IdentityReply.$Properties;
            }

            /**
             * Properties of an EvidenceRequest.
             * @deprecated Use ottla.cluster.v1.EvidenceRequest.$Properties instead.
             */
            interface IEvidenceRequest extends ottla.cluster.v1.EvidenceRequest.$Properties {
            }

            /** Represents an EvidenceRequest. */
            class EvidenceRequest {

                /**
                 * Constructs a new EvidenceRequest.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.EvidenceRequest.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** EvidenceRequest controllerId. */
                controllerId: number;

                /** EvidenceRequest controllerEpoch. */
                controllerEpoch: number;

                /** EvidenceRequest controllerIncarnation. */
                controllerIncarnation: string;

                /**
                 * Encodes the specified EvidenceRequest message. Does not implicitly {@link ottla.cluster.v1.EvidenceRequest.verify|verify} messages.
                 * @param message EvidenceRequest message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.EvidenceRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an EvidenceRequest message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.EvidenceRequest & ottla.cluster.v1.EvidenceRequest.$Shape} EvidenceRequest
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.EvidenceRequest & ottla.cluster.v1.EvidenceRequest.$Shape;
            }

            namespace EvidenceRequest {

                /** Properties of an EvidenceRequest. */
                interface $Properties {

                    /** EvidenceRequest controllerId */
                    controllerId?: (number|null);

                    /** EvidenceRequest controllerEpoch */
                    controllerEpoch?: (number|null);

                    /** EvidenceRequest controllerIncarnation */
                    controllerIncarnation?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an EvidenceRequest. */
                type $Shape = ottla.cluster.v1.EvidenceRequest.$Properties;
            }

            /**
             * Properties of an EvidenceReply.
             * @deprecated Use ottla.cluster.v1.EvidenceReply.$Properties instead.
             */
            interface IEvidenceReply extends ottla.cluster.v1.EvidenceReply.$Properties {
            }

            /** Represents an EvidenceReply. */
            class EvidenceReply {

                /**
                 * Constructs a new EvidenceReply.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.EvidenceReply.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** EvidenceReply found. */
                found: ottla.cluster.v1.EvidenceReply.Finding;

                /** EvidenceReply proof. */
                proof: boolean;

                /**
                 * Encodes the specified EvidenceReply message. Does not implicitly {@link ottla.cluster.v1.EvidenceReply.verify|verify} messages.
                 * @param message EvidenceReply message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.EvidenceReply.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an EvidenceReply message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.EvidenceReply & ottla.cluster.v1.EvidenceReply.$Shape} EvidenceReply
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.EvidenceReply & ottla.cluster.v1.EvidenceReply.$Shape;
            }

            namespace EvidenceReply {

                /** Properties of an EvidenceReply. */
                interface $Properties {

                    /** EvidenceReply found */
                    found?: (ottla.cluster.v1.EvidenceReply.Finding|null);

                    /** EvidenceReply proof */
                    proof?: (boolean|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an EvidenceReply. */
                type $Shape = ottla.cluster.v1.EvidenceReply.$Properties;

                /** Finding enum. */
                enum Finding {

                    /** UNKNOWN value */
                    UNKNOWN = 0,

                    /** GONE value */
                    GONE = 1,

                    /** SILENT value */
                    SILENT = 2,

                    /** ALIVE value */
                    ALIVE = 3
                }
            }

            /**
             * Properties of an EpochEndRequest.
             * @deprecated Use ottla.cluster.v1.EpochEndRequest.$Properties instead.
             */
            interface IEpochEndRequest extends ottla.cluster.v1.EpochEndRequest.$Properties {
            }

            /** Represents an EpochEndRequest. */
            class EpochEndRequest {

                /**
                 * Constructs a new EpochEndRequest.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.EpochEndRequest.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** EpochEndRequest partitions. */
                partitions: ottla.cluster.v1.EpochEndQuestion.$Properties[];

                /**
                 * Encodes the specified EpochEndRequest message. Does not implicitly {@link ottla.cluster.v1.EpochEndRequest.verify|verify} messages.
                 * @param message EpochEndRequest message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.EpochEndRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an EpochEndRequest message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.EpochEndRequest & ottla.cluster.v1.EpochEndRequest.$Shape} EpochEndRequest
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.EpochEndRequest & ottla.cluster.v1.EpochEndRequest.$Shape;
            }

            namespace EpochEndRequest {

                /** Properties of an EpochEndRequest. */
                interface $Properties {

                    /** EpochEndRequest partitions */
                    partitions?: (ottla.cluster.v1.EpochEndQuestion.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an EpochEndRequest. */
                type $Shape = ottla.cluster.v1.EpochEndRequest.$Properties;
            }

            /**
             * Properties of an EpochEndQuestion.
             * @deprecated Use ottla.cluster.v1.EpochEndQuestion.$Properties instead.
             */
            interface IEpochEndQuestion extends ottla.cluster.v1.EpochEndQuestion.$Properties {
            }

            /** Represents an EpochEndQuestion. */
            class EpochEndQuestion {

                /**
                 * Constructs a new EpochEndQuestion.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.EpochEndQuestion.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** EpochEndQuestion topicId. */
                topicId: string;

                /** EpochEndQuestion partition. */
                partition: number;

                /** EpochEndQuestion currentLeaderEpoch. */
                currentLeaderEpoch: number;

                /** EpochEndQuestion leaderEpoch. */
                leaderEpoch: number;

                /**
                 * Encodes the specified EpochEndQuestion message. Does not implicitly {@link ottla.cluster.v1.EpochEndQuestion.verify|verify} messages.
                 * @param message EpochEndQuestion message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.EpochEndQuestion.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an EpochEndQuestion message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.EpochEndQuestion & ottla.cluster.v1.EpochEndQuestion.$Shape} EpochEndQuestion
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.EpochEndQuestion & ottla.cluster.v1.EpochEndQuestion.$Shape;
            }

            namespace EpochEndQuestion {

                /** Properties of an EpochEndQuestion. */
                interface $Properties {

                    /** EpochEndQuestion topicId */
                    topicId?: (string|null);

                    /** EpochEndQuestion partition */
                    partition?: (number|null);

                    /** EpochEndQuestion currentLeaderEpoch */
                    currentLeaderEpoch?: (number|null);

                    /** EpochEndQuestion leaderEpoch */
                    leaderEpoch?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an EpochEndQuestion. */
                type $Shape = ottla.cluster.v1.EpochEndQuestion.$Properties;
            }

            /**
             * Properties of an EpochEndReply.
             * @deprecated Use ottla.cluster.v1.EpochEndReply.$Properties instead.
             */
            interface IEpochEndReply extends ottla.cluster.v1.EpochEndReply.$Properties {
            }

            /** Represents an EpochEndReply. */
            class EpochEndReply {

                /**
                 * Constructs a new EpochEndReply.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.EpochEndReply.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** EpochEndReply partitions. */
                partitions: ottla.cluster.v1.EpochEnd.$Properties[];

                /**
                 * Encodes the specified EpochEndReply message. Does not implicitly {@link ottla.cluster.v1.EpochEndReply.verify|verify} messages.
                 * @param message EpochEndReply message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.EpochEndReply.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an EpochEndReply message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.EpochEndReply & ottla.cluster.v1.EpochEndReply.$Shape} EpochEndReply
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.EpochEndReply & ottla.cluster.v1.EpochEndReply.$Shape;
            }

            namespace EpochEndReply {

                /** Properties of an EpochEndReply. */
                interface $Properties {

                    /** EpochEndReply partitions */
                    partitions?: (ottla.cluster.v1.EpochEnd.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an EpochEndReply. */
                type $Shape = ottla.cluster.v1.EpochEndReply.$Properties;
            }

            /**
             * Properties of an EpochEnd.
             * @deprecated Use ottla.cluster.v1.EpochEnd.$Properties instead.
             */
            interface IEpochEnd extends ottla.cluster.v1.EpochEnd.$Properties {
            }

            /** Represents an EpochEnd. */
            class EpochEnd {

                /**
                 * Constructs a new EpochEnd.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.EpochEnd.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** EpochEnd topicId. */
                topicId: string;

                /** EpochEnd partition. */
                partition: number;

                /** EpochEnd error. */
                error: string;

                /** EpochEnd leaderEpoch. */
                leaderEpoch: number;

                /** EpochEnd endOffset. */
                endOffset: (number|Long);

                /**
                 * Encodes the specified EpochEnd message. Does not implicitly {@link ottla.cluster.v1.EpochEnd.verify|verify} messages.
                 * @param message EpochEnd message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.EpochEnd.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an EpochEnd message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.EpochEnd & ottla.cluster.v1.EpochEnd.$Shape} EpochEnd
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.EpochEnd & ottla.cluster.v1.EpochEnd.$Shape;
            }

            namespace EpochEnd {

                /** Properties of an EpochEnd. */
                interface $Properties {

                    /** EpochEnd topicId */
                    topicId?: (string|null);

                    /** EpochEnd partition */
                    partition?: (number|null);

                    /** EpochEnd error */
                    error?: (string|null);

                    /** EpochEnd leaderEpoch */
                    leaderEpoch?: (number|null);

                    /** EpochEnd endOffset */
                    endOffset?: (number|Long|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an EpochEnd. */
                type $Shape = ottla.cluster.v1.EpochEnd.$Properties;
            }

            /**
             * Properties of a LogEndsRequest.
             * @deprecated Use ottla.cluster.v1.LogEndsRequest.$Properties instead.
             */
            interface ILogEndsRequest extends ottla.cluster.v1.LogEndsRequest.$Properties {
            }

            /** Represents a LogEndsRequest. */
            class LogEndsRequest {

                /**
                 * Constructs a new LogEndsRequest.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.LogEndsRequest.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** LogEndsRequest partitions. */
                partitions: ottla.cluster.v1.LogEndQuestion.$Properties[];

                /**
                 * Encodes the specified LogEndsRequest message. Does not implicitly {@link ottla.cluster.v1.LogEndsRequest.verify|verify} messages.
                 * @param message LogEndsRequest message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.LogEndsRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a LogEndsRequest message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.LogEndsRequest & ottla.cluster.v1.LogEndsRequest.$Shape} LogEndsRequest
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.LogEndsRequest & ottla.cluster.v1.LogEndsRequest.$Shape;
            }

            namespace LogEndsRequest {

                /** Properties of a LogEndsRequest. */
                interface $Properties {

                    /** LogEndsRequest partitions */
                    partitions?: (ottla.cluster.v1.LogEndQuestion.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a LogEndsRequest. */
                type $Shape = ottla.cluster.v1.LogEndsRequest.$Properties;
            }

            /**
             * Properties of a LogEndQuestion.
             * @deprecated Use ottla.cluster.v1.LogEndQuestion.$Properties instead.
             */
            interface ILogEndQuestion extends ottla.cluster.v1.LogEndQuestion.$Properties {
            }

            /** Represents a LogEndQuestion. */
            class LogEndQuestion {

                /**
                 * Constructs a new LogEndQuestion.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.LogEndQuestion.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** LogEndQuestion topicId. */
                topicId: string;

                /** LogEndQuestion partition. */
                partition: number;

                /**
                 * Encodes the specified LogEndQuestion message. Does not implicitly {@link ottla.cluster.v1.LogEndQuestion.verify|verify} messages.
                 * @param message LogEndQuestion message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.LogEndQuestion.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a LogEndQuestion message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.LogEndQuestion & ottla.cluster.v1.LogEndQuestion.$Shape} LogEndQuestion
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.LogEndQuestion & ottla.cluster.v1.LogEndQuestion.$Shape;
            }

            namespace LogEndQuestion {

                /** Properties of a LogEndQuestion. */
                interface $Properties {

                    /** LogEndQuestion topicId */
                    topicId?: (string|null);

                    /** LogEndQuestion partition */
                    partition?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a LogEndQuestion. */
                type $Shape = ottla.cluster.v1.LogEndQuestion.$Properties;
            }

            /**
             * Properties of a LogEndsReply.
             * @deprecated Use ottla.cluster.v1.LogEndsReply.$Properties instead.
             */
            interface ILogEndsReply extends ottla.cluster.v1.LogEndsReply.$Properties {
            }

            /** Represents a LogEndsReply. */
            class LogEndsReply {

                /**
                 * Constructs a new LogEndsReply.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.LogEndsReply.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** LogEndsReply partitions. */
                partitions: ottla.cluster.v1.LogEnd.$Properties[];

                /**
                 * Encodes the specified LogEndsReply message. Does not implicitly {@link ottla.cluster.v1.LogEndsReply.verify|verify} messages.
                 * @param message LogEndsReply message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.LogEndsReply.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a LogEndsReply message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.LogEndsReply & ottla.cluster.v1.LogEndsReply.$Shape} LogEndsReply
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.LogEndsReply & ottla.cluster.v1.LogEndsReply.$Shape;
            }

            namespace LogEndsReply {

                /** Properties of a LogEndsReply. */
                interface $Properties {

                    /** LogEndsReply partitions */
                    partitions?: (ottla.cluster.v1.LogEnd.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a LogEndsReply. */
                type $Shape = ottla.cluster.v1.LogEndsReply.$Properties;
            }

            /**
             * Properties of a LogEnd.
             * @deprecated Use ottla.cluster.v1.LogEnd.$Properties instead.
             */
            interface ILogEnd extends ottla.cluster.v1.LogEnd.$Properties {
            }

            /** Represents a LogEnd. */
            class LogEnd {

                /**
                 * Constructs a new LogEnd.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: ottla.cluster.v1.LogEnd.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** LogEnd topicId. */
                topicId: string;

                /** LogEnd partition. */
                partition: number;

                /** LogEnd error. */
                error: string;

                /** LogEnd lastEpoch. */
                lastEpoch: number;

                /** LogEnd logEndOffset. */
                logEndOffset: (number|Long);

                /** LogEnd logStartOffset. */
                logStartOffset: (number|Long);

                /**
                 * Encodes the specified LogEnd message. Does not implicitly {@link ottla.cluster.v1.LogEnd.verify|verify} messages.
                 * @param message LogEnd message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: ottla.cluster.v1.LogEnd.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a LogEnd message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {ottla.cluster.v1.LogEnd & ottla.cluster.v1.LogEnd.$Shape} LogEnd
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): ottla.cluster.v1.LogEnd & ottla.cluster.v1.LogEnd.$Shape;
            }

            namespace LogEnd {

                /** Properties of a LogEnd. */
                interface $Properties {

                    /** LogEnd topicId */
                    topicId?: (string|null);

                    /** LogEnd partition */
                    partition?: (number|null);

                    /** LogEnd error */
                    error?: (string|null);

                    /** LogEnd lastEpoch */
                    lastEpoch?: (number|null);

                    /** LogEnd logEndOffset */
                    logEndOffset?: (number|Long|null);

                    /** LogEnd logStartOffset */
                    logStartOffset?: (number|Long|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a LogEnd. */
                type $Shape = ottla.cluster.v1.LogEnd.$Properties;
            }
        }
    }
}
