/** What to tell somebody on whose machine `findZooKeeper` finds none. */
export const HOW_TO_GET_ZOOKEEPER =
  "no ZooKeeper was found: set ZOOKEEPER_HOME to an unpacked distribution (https://zookeeper.apache.org/releases.html), " +
  "or install Debian's package: apt-get install zookeeper";
