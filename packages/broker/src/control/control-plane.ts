import type { ClusterTransport, ReplicationStream } from "@ottla/cluster-rpc";
import { type ConfigStore, Controller } from "@ottla/controller";
import type { Coordination, SessionEvent } from "@ottla/coordination";
import { type Clock, explain, type Logger, type Random, Scope, type Sockets } from "@ottla/runtime";
import type { BrokerConfig } from "../config/broker-config";
import { type TopicConfigs, validateTopicConfigs } from "../config/topic-configs";
import type { Machine } from "../machine";
import type { MetadataCache } from "../metadata/metadata-cache";
import type { ServingGuard } from "../partition/serving-guard";
import type { PartitionManager } from "../partitions/partition-manager";
import type { Registration } from "../startup/registration";
import { ActiveController } from "./active-controller";
import type { BrokerAddresses } from "./broker-addresses";
import { ClusterCalls } from "./cluster-calls";
import type { ClusterDoor } from "./cluster-door";
import { CommandReceiver } from "./command-receiver";
import { controllerConfig } from "./controller-config";
import { ControllerLink } from "./controller-link";
import type { IsrProposalSender } from "./isr-proposal-sender";
import { LeadershipCheck } from "./leadership-check";
import { type Dial, ProcessProbe } from "./process-probe";
import { SessionServer } from "./session-server";

export interface ControlPlaneOptions {
  readonly brokerId: number;
  /** Names this process for its lifetime. */
  readonly incarnation: string;
  readonly coordination: Coordination;
  readonly registration: Registration;
  readonly addresses: BrokerAddresses;
  readonly configStore: ConfigStore;
  readonly config: BrokerConfig;
  readonly topicConfigs: TopicConfigs;
  readonly metadata: MetadataCache;
  readonly proposals: IsrProposalSender;
  readonly partitions: PartitionManager;
  /** Replicas copied over the network: other brokers' streams arrive here, and a new registration begins everything anew. */
  readonly replication: { accept(stream: ReplicationStream): void; restart(): void };
  readonly guard: ServingGuard;
  readonly door: ClusterDoor;
  readonly transport: ClusterTransport;
  readonly machine: Machine;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** A bug of our own: the process must stop. */
  readonly onFatal: (reason: Error) => void;
  /** For specs whose brokers have no sockets between them. */
  readonly dial?: Dial | undefined;
  /** Node's unless said otherwise. */
  readonly sockets?: Sockets | undefined;
}

/** How soon a controller that did not answer after a pause of ours is asked again. */
const PING_AGAIN_MS = 250;

/**
 * Everything between this broker and the controller, wherever that is: this broker's candidate for the duty, the sessions that others
 * have with it, this broker's own session, and what both tell the partitions.
 */
export class ControlPlane {
  private constructor(
    readonly controller: Controller,
    readonly active: ActiveController,
    private readonly receiver: CommandReceiver,
    private readonly opened: Scope,
  ) {}

  /**
   * Contends for the controller's duty and opens the session with whoever has it. Resolves once it is known who that is.
   *
   * @throws CoordinationError when the ensemble cannot be reached
   */
  static start(options: ControlPlaneOptions, signal: AbortSignal): Promise<ControlPlane> {
    return Scope.opening((opening) => open(options, opening, signal));
  }

  /** @internal */
  static of(controller: Controller, active: ActiveController, receiver: CommandReceiver, opened: Scope): ControlPlane {
    return new ControlPlane(controller, active, receiver, opened);
  }

  /** No command is obeyed from here on: to be called before the partitions stop. */
  stopObeying(): void {
    this.receiver.close();
  }

  /** Gives the duty back and ends all sessions. Idempotent. */
  close(): Promise<void> {
    return this.opened.close();
  }
}

async function open(options: ControlPlaneOptions, opening: Scope, signal: AbortSignal): Promise<ControlPlane> {
  const { brokerId, incarnation, coordination, registration, addresses, configStore } = options;
  const { config, topicConfigs, metadata, partitions, guard, transport, clock, random } = options;
  const logger = options.logger.with({ component: "control" });
  const brokerEpoch = (): bigint => registration.brokerEpoch;

  const receiver = new CommandReceiver({
    partitions,
    metadata,
    topicConfigs,
    readTopicConfig: (topic) => configStore.read({ type: "topics", name: topic }),
    onTailSettled: () =>
      void registration.confirmIntact().catch((failure: unknown) => {
        // It is told again with each command.
        logger.warn("the boot id could not be recorded yet", { failure: explain(failure) });
      }),
  });
  const sessions = new SessionServer({
    brokerId,
    incarnation,
    own: (command, over) => receiver.take(command, over),
    logger,
  });
  opening.defer(() => sessions.close());
  const calls = opening.own(
    new ClusterCalls({
      brokerId,
      transport,
      addresses,
      ownLogEnds: (asked) =>
        asked.flatMap((partition) => {
          const end = partitions.logEnd(partition.topicId, partition.partition);
          return end === null ? [] : [{ ...partition, ...end }];
        }),
    }),
  );
  let link: ControllerLink | null = null;
  const controller = opening.own(
    await Controller.start(
      {
        coordination,
        brokerId,
        clock,
        random,
        logger: options.logger.with({ component: "controller" }),
        config: controllerConfig(config),
        channel: sessions,
        probe: new ProcessProbe(options),
        peers: calls,
        validateTopicConfigs,
        onControllerChange: (id) => {
          metadata.controllerId = id;
          link?.follow(id);
        },
        onBug: options.onFatal,
      },
      signal,
    ),
  );
  metadata.controllerId = controller.controllerId;
  sessions.hostedBy(controller);
  options.door.open({ controller, sessions, partitions, replication: options.replication, brokerEpoch });

  link = new ControllerLink({
    brokerId,
    brokerEpoch,
    incarnation,
    controller,
    transport,
    addresses,
    receiver,
    clock,
    random,
    logger,
    onOpened: () => partitions.sessionOpened(),
    onLost: () => guard.onControllerLost(clock.monotonicMs()),
    onAnswered: () => guard.onControllerAnswered(clock.monotonicMs()),
  });
  const standing = link;
  opening.defer(() => standing.close());
  options.proposals.sendThrough(link);

  opening.defer(coordination.onSession((event) => onCoordination(event, options)));
  opening.defer(
    registration.onRenewed(() => {
      guard.onRegistered();
      options.replication.restart();
      standing.renew();
    }),
  );
  opening.defer(partitions.onPause(() => onPause(controller, standing, clock)));
  const check = new LeadershipCheck({
    coordination,
    isOverdue: () => guard.controllerOverdue(clock.monotonicMs()),
    led: () => partitions.ledPartitions(),
    onHigherEpoch: ({ index, log }, state) =>
      partitions.leadershipHeard({ topicId: log.topicId ?? "", partition: index }, state),
    clock,
    logger,
  });
  opening.defer(() => check.close());
  check.start();
  standing.follow(controller.controllerId);

  const active = new ActiveController({ brokerId, brokerEpoch, controller, calls, logger });
  return ControlPlane.of(controller, active, receiver, opening.release());
}

function onCoordination(event: SessionEvent, { guard, clock }: ControlPlaneOptions): void {
  switch (event) {
    case "connected":
    case "renewed":
      guard.onZooKeeperConnected(clock.monotonicMs());
      break;
    case "disconnected":
    case "lost":
      guard.onZooKeeperLost(clock.monotonicMs());
      break;
    case "expired":
      guard.onRegistrationLost();
      break;
  }
}

/** Rules 18 and 31: what was concluded before is void, and the controller's word is needed again. */
function onPause(controller: Controller, link: ControllerLink, clock: Clock): void {
  controller.paused();
  link.ping();
  // The first question may have gone into a connection that has died meanwhile.
  clock.setTimer(PING_AGAIN_MS, () => link.ping(), { background: true });
}
